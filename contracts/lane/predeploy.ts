// Generated from the Solidity sources by `node --import tsx contracts/compile.ts --write-abi`.

/** The gateway's code in the contract lane: part of its genesis, so it is kept as it was compiled once. */
export const neuraGatewayCode =
  "0x60806040526004361015610011575f80fd5b5f5f3560e01c80631694b14c146116b25780631c181bc81461160b578063324e03be146115a557806334de6c7e146112a657806362ecc47a14611020578063bb79ea6a14610fa1578063cf53ccbc14610c68578063d483345f14610872578063d5b36e2414610811578063dae157f81461045c578063e2084ad0146103ed578063f5330b04146101005763f7210633146100a9575f80fd5b346100fd57806003193601126100fd57608090546040519067ffffffffffffffff8116825267ffffffffffffffff8160401c16602083015267ffffffffffffffff81841c16604083015260c01c6060820152f35b80fd5b50346100fd5760806003193601126100fd5760043567ffffffffffffffff81116103e957610132903690600401611bf9565b9060243567ffffffffffffffff81116103e557610153903690600401611bf9565b91909260443565ffffffffffff81168091036103e15773fffffffffffffffffffffffffffffffffffffffe33036103b55760015465ffffffffffff8116820361035b575b5050849392945b8181106103375750505081925b8084106101c157826101be6064356124b2565b80f35b6101cc848284611d3e565b9367ffffffffffffffff6101df86611c76565b168452600260205260408420600160ff825460b01c16036102f95767ffffffffffffffff6102ea876102f093602060019798999a019061021e82611c3a565b7fffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffff76ff0000000000000000000000000000000000000000000083549260b01b1691161781557f5d0f3e91fb16884bbc57bd0c0538c6014bc438a7397f9b4c0de5478696ada893608086604086013593846004820155816060880135958660058401556102bc62ffffff6102b08b611c76565b945460b81c1698611c3a565b966102c8868b01611c76565b9160ff60405199168952602089015260408801521660608601521692a3611c76565b16612670565b019291906101ab565b60248567ffffffffffffffff61030e89611c76565b7f8d56a51800000000000000000000000000000000000000000000000000000000835216600452fd5b8061035161034c60019385879a98999a611d3e565b61220f565b019493929461019e565b817f092508828d9c0584a73efe9948653254119364dd998f21e640136b3a20259317927fffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000006020931617600155604051908152a15f80610197565b6024867f3741f60e00000000000000000000000000000000000000000000000000000000815233600452fd5b8580fd5b8380fd5b5080fd5b50346100fd5760206003193601126100fd5761040a6004356120ac565b90633b9aca00820291808304633b9aca00149015171561042f57602082604051908152f35b807f4e487b7100000000000000000000000000000000000000000000000000000000602492526011600452fd5b5060606003193601126100fd5760243580151581036103e9576044356104836004356120d3565b9273ffffffffffffffffffffffffffffffffffffffff6001850154168033036107e157506104b082611d7b565b604051916104bd83611c8b565b8183526020830182815260408401918252855494156107d85760036001965b0154936104e9600c6120ac565b938061042f57506801000000000000000084101561079f57633b9aca008402848104633b9aca0014851517156107435780340361077057505f549567ffffffffffffffff87169667ffffffffffffffff8160401c16880367ffffffffffffffff81116107435767ffffffffffffffff610400911610156107155767ffffffffffffffff61057f67ffffffffffffffff199961208c565b16971687175f908155878152600260205260409081902080547501000000000000000000000000000000000000000000740c00000000000000000000000000000000000000007fffffffffffffffffffffff000000000000000000000000000000000000000000909216337fffffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffff1617919091177fffff00000000ffffffff00ffffffffffffffffffffffffffffffffffffffffff16179055519761030c9075ff0000000000000000000000000000000000000000009061065d8b611cd4565b60a81b169166ffffff000000006cffffffffffffffffff000000008860381b9260981c1616171717875251602087015251604086015251606085015260405191825f905b600482106106ff576020868667ffffffffffffffff878760808401521660a08201525f60c08201525f60e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b60208060019289518152019701910190956106a1565b7f36c2ba31000000000000000000000000000000000000000000000000000000005f5261040060045260245ffd5b7f4e487b71000000000000000000000000000000000000000000000000000000005f52601160045260245ffd5b7f195a3ca1000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b837f0a845f3d000000000000000000000000000000000000000000000000000000005f526801000000000000000060045260245260445ffd5b600383966104dc565b604492507f50e7b66700000000000000000000000000000000000000000000000000000000825260045233602452fd5b50346100fd5760206003193601126100fd57604060a0916004358152600260205220805490600381015490600560048201549101549160ff6040519462ffffff8160b81c16865260b01c166020850152604084015260608301526080820152f35b5060606003193601126100fd57610887611bd6565b6024359060ff82168203610c64576044359267ffffffffffffffff8416918285036103e9578215610c3c5773ffffffffffffffffffffffffffffffffffffffff168015610c1457604051906108db82611c8b565b81526020810182815260408201918383526109006108f960056120ac565b8096611d31565b9468010000000000000000861015610bdb57633b9aca008602868104633b9aca001487151715610bae57803403610b7f5750845467ffffffffffffffff811667ffffffffffffffff8260401c16810367ffffffffffffffff8111610b525767ffffffffffffffff61040091161015610b24579167ffffffffffffffff1998999167ffffffffffffffff6109956103059561208c565b169916891787558887526002602052604080882080547501000000000000000000000000000000000000000000740500000000000000000000000000000000000000007fffffffffffffffffffffff000000000000000000000000000000000000000000909216337fffffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffff1617919091177fffff00000000ffffffff00ffffffffffffffffffffffffffffffffffffffffff16179055519974ffffffffffffffff000000000000000000000000009075ff00000000000000000000000000000000000000000090610a838d611cd4565b60a81b169260681b169060381b1717178752516020870152516040860152516060850152604051918282905b60048210610b0e5750506020945067ffffffffffffffff908260808501521660a08301528060c083015260e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928951815201970191019095610aaf565b6024877f36c2ba31000000000000000000000000000000000000000000000000000000008152610400600452fd5b6024887f4e487b710000000000000000000000000000000000000000000000000000000081526011600452fd5b7f195a3ca100000000000000000000000000000000000000000000000000000000865260045234602452604485fd5b6024867f4e487b710000000000000000000000000000000000000000000000000000000081526011600452fd5b604485877f0a845f3d00000000000000000000000000000000000000000000000000000000825268010000000000000000600452602452fd5b6004827fd92e233d000000000000000000000000000000000000000000000000000000008152fd5b6004827f1f2a2005000000000000000000000000000000000000000000000000000000008152fd5b8280fd5b5060c06003193601126100fd576004359062ffffff82168083036103e9576024359173ffffffffffffffffffffffffffffffffffffffff831683036100fd576084359267ffffffffffffffff841692838503610c645760a4359173ffffffffffffffffffffffffffffffffffffffff83168093036103e5578415610f7957610cf760643591604435908461211e565b14801590610f6f575b610f44575060405190610d1282611c8b565b8152602081018281526040820191838352610d306108f960036120ac565b9468010000000000000000861015610bdb57633b9aca008602868104633b9aca001487151715610bae57803403610b7f5750845467ffffffffffffffff811667ffffffffffffffff8260401c16810367ffffffffffffffff8111610b525767ffffffffffffffff61040091161015610b2457986103039167ffffffffffffffff610dc467ffffffffffffffff199b9c61208c565b169916891787558887526002602052604080882080547501000000000000000000000000000000000000000000740300000000000000000000000000000000000000007fffffffffffffffffffffff000000000000000000000000000000000000000000909216337fffffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffff1617919091177fffff00000000ffffffff00ffffffffffffffffffffffffffffffffffffffffff16179055519966ffffff000000009074ffffffffffffffff0000000000000000000000000090610ea38d611cd4565b60681b169360381b9160201b161717178752516020870152516040860152516060850152604051918282905b60048210610f2e5750506020945067ffffffffffffffff908260808501521660a08301528060c083015260e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928951815201970191019095610ecf565b7f70d26082000000000000000000000000000000000000000000000000000000008352600452602482fd5b5060038114610d00565b6004847f1f2a2005000000000000000000000000000000000000000000000000000000008152fd5b50346100fd5760206003193601126100fd57600435808252600260205260ff604083205460a81c1690825260026020526002604083200154604051916004811015610ff3576040935082526020820152f35b6024847f4e487b710000000000000000000000000000000000000000000000000000000081526021600452fd5b5060206003193601126100fd576110386004356120d3565b9060405190611048606083611cf0565b6060368337600383549301549061105f600e6120ac565b90506801000000000000000081101561126e57633b9aca008102818104633b9aca0014821517156107435780340361077057505f549267ffffffffffffffff84169067ffffffffffffffff8560401c16820367ffffffffffffffff81116107435767ffffffffffffffff610400911610156107155767ffffffffffffffff199467ffffffffffffffff6110f360409461208c565b16951685175f908155858152600260205282902080547501000000000000000000000000000000000000000000740e00000000000000000000000000000000000000007fffffffffffffffffffffff000000000000000000000000000000000000000000909216337fffffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffff1617919091177fffff00000000ffffffff00ffffffffffffffffffffffffffffffffffffffffff1617905581519561030e906111b788611cd4565b66ffffff000000006cffffffffffffffffff000000008660381b9260981c161617178652805160208701526020810151828701520151606085015260405191825f905b60048210611258576020868667ffffffffffffffff878760808401521660a08201525f60c08201525f60e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b60208060019289518152019701910190956111fa565b7f0a845f3d000000000000000000000000000000000000000000000000000000005f526801000000000000000060045260245260445ffd5b60806003193601126115a1576112ba611bd6565b602435906044356064359067ffffffffffffffff8216928383036115a15773ffffffffffffffffffffffffffffffffffffffff16938415611579576112fe81611d7b565b61130782611d7b565b6040519461131486611c8b565b8552602085019081526040850191825261133861133160046120ac565b8095611d31565b946801000000000000000086101561154057633b9aca008602868104633b9aca0014871517156107435780340361077057505f549467ffffffffffffffff86169067ffffffffffffffff8760401c16820367ffffffffffffffff81116107435767ffffffffffffffff610400911610156107155767ffffffffffffffff199667ffffffffffffffff6113cc6103049461208c565b16971687175f908155878152600260205260409081902080547501000000000000000000000000000000000000000000740400000000000000000000000000000000000000007fffffffffffffffffffffff000000000000000000000000000000000000000000909216337fffffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffff1617919091177fffff00000000ffffffff00ffffffffffffffffffffffffffffffffffffffffff16179055519574ffffffffffffffff00000000000000000000000000906114a588611cd4565b60681b169060381b1717845251602084015251604083015251606082015260405190815f905b6004821061152a5750505067ffffffffffffffff6020935f60808401521660a08201525f60c08201525f60e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b60208060019285518152019301910190916114cb565b857f0a845f3d000000000000000000000000000000000000000000000000000000005f526801000000000000000060045260245260445ffd5b7fd92e233d000000000000000000000000000000000000000000000000000000005f5260045ffd5b5f80fd5b346115a15760206003193601126115a1576004355f908152600260209081526040918290208054600190910154835173ffffffffffffffffffffffffffffffffffffffff838116825260a09390931c60ff16938101939093521691810191909152606090f35b346115a15760606003193601126115a15760043567ffffffffffffffff81168091036115a1576024359067ffffffffffffffff82168092036115a1576044359163ffffffff83168093036115a15761166291611d31565b818004600114821517156107435761168e9161167d91611d31565b65ffffffffffff6001541690611d31565b633b9aca00810290808204633b9aca00149015171561074357602090604051908152f35b600319360161022081126115a157610100136115a15760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffefc3601126115a15760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7c3601126115a1576102043563ffffffff8116908181036115a157620f42408211611ba35760e4359161174683611d7b565b61174e611e22565b611756611f81565b60381b610104359162ffffff831683036115a15760043560ff811681036115a15760243560ff811681036115a157610124359061ffff821682036115a1576044359264ffffffffff841684036115a1576064359663ffffffff881688036115a15767ffffffffffffffff6117c8611c48565b1660a4359067ffffffffffffffff821682036115a1576117e6611c5f565b60801b77ffffffffffffffff00000000000000000000000000000000169160401b6fffffffffffffffff000000000000000016171796604051986118298a611c8b565b60c01b7bffffffff000000000000000000000000000000000000000000000000169560981b77ffffffffff00000000000000000000000000000000000000169460881b72ffff0000000000000000000000000000000000169360701b6eff0000000000000000000000000000169260681b6dff00000000000000000000000000169160501b6cffffff0000000000000000000016171717171717835260208301918252604083019485526118db611c48565b67ffffffffffffffff166118ed611c5f565b67ffffffffffffffff1661190091611d31565b946101e4359273ffffffffffffffffffffffffffffffffffffffff8416938481036115a1575061193060096120ac565b9683800460011484151715610743578361194d8961195293611d31565b611d31565b946801000000000000000086101561154057633b9aca008602868104633b9aca0014871517156107435780340361077057505f549667ffffffffffffffff88169767ffffffffffffffff8160401c16890367ffffffffffffffff81116107435767ffffffffffffffff610400911610156107155767ffffffffffffffff6119e267ffffffffffffffff199a61208c565b16981688175f908155888152600260205260409020805475010000000000000000000000000000000000000000007dffffffff000000000000000000000000000000000000000000000000000060d09490941b93909316740900000000000000000000000000000000000000007fffffffffffffffffffffff000000000000000000000000000000000000000000909216337fffffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffff1617919091177fffff00000000ffffffff00ffffffffffffffffffffffffffffffffffffffffff161791909117815585611b72575b5060405197611ad889611cd4565b60381b61030917885251602088015251604087015251606086015260405192835f905b60048210611b5c5750506020955067ffffffffffffffff906101643560808601521660a084015260c083015260e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928a51815201980191019096611afb565b600101857fffffffffffffffffffffffff000000000000000000000000000000000000000082541617905588611aca565b507f924121a7000000000000000000000000000000000000000000000000000000005f52620f424060045260245260445ffd5b6004359073ffffffffffffffffffffffffffffffffffffffff821682036115a157565b9181601f840112156115a15782359167ffffffffffffffff83116115a15760208085019460a085020101116115a157565b3562ffffff811681036115a15790565b3560ff811681036115a15790565b60843567ffffffffffffffff811681036115a15790565b60c43567ffffffffffffffff811681036115a15790565b3567ffffffffffffffff811681036115a15790565b6060810190811067ffffffffffffffff821117611ca757604052565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52604160045260245ffd5b6080810190811067ffffffffffffffff821117611ca757604052565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff821117611ca757604052565b9190820180921161074357565b9190811015611d4e5760a0020190565b7f4e487b71000000000000000000000000000000000000000000000000000000005f52603260045260245ffd5b7f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001811015611da65750565b7f81452424000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b906080828203126115a15780601f830112156115a15760405191611df6608084611cf0565b8290608081019283116115a157905b828210611e125750505090565b8151815260209182019101611e05565b6101043562ffffff8116908181036115a1578115611f13576040517f206848f6000000000000000000000000000000000000000000000000000000008152826004820152608081602481624e52585afa908115611f08575f91611ed9575b50600260ff8251161490811591611ec7575b50611e9b575050565b507f70d26082000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b6020915001516101443514155f611e92565b611efb915060803d608011611f01575b611ef38183611cf0565b810190611dd1565b5f611e80565b503d611ee9565b6040513d5f823e3d90fd5b50506101243561ffff8116908181036115a1575015801590611f75575b8015611f69575b611f3d57565b7f70d26082000000000000000000000000000000000000000000000000000000005f525f60045260245ffd5b50610164351515611f37565b50610144351515611f30565b6101e43573ffffffffffffffffffffffffffffffffffffffff8116908181036115a1575015612010576101843562ffffff8116908181036115a1578115801590611fe4575b8015611fd8575b611e9b575050600390565b506101c4351515611fcd565b506101a43573ffffffffffffffffffffffffffffffffffffffff8116908181036115a157501515611fc6565b6101843562ffffff8116908181036115a1576101a43573ffffffffffffffffffffffffffffffffffffffff811681036115a157612052906101c435908461211e565b506003821461205f575090565b7f70d26082000000000000000000000000000000000000000000000000000000005f52600360045260245ffd5b67ffffffffffffffff60019116019067ffffffffffffffff821161074357565b60015465ffffffffffff16906004036120d057806064029060648204036107435790565b90565b90815f52600260205260405f2091600160ff845460b01c16036120f35750565b7fccf8e275000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b90604051927f206848f6000000000000000000000000000000000000000000000000000000008452826004850152608084602481624e52585afa938415611f08575f946121ee575b50600160ff85511614918215926121c7575b5081156121b8575b5061218d57506060015190565b7f70d26082000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b9050604083015114155f612180565b602085015173ffffffffffffffffffffffffffffffffffffffff909116141591505f612178565b61220891945060803d608011611f0157611ef38183611cf0565b925f612166565b67ffffffffffffffff905f54612229838260401c1661208c565b61223283611c76565b8185169416841480159061249f575b61245c576fffffffffffffffff00000000000000007fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff9160401b169116175f55815f52600260205260405f206020820135806123c7575061231960407f025b90e42c36e0d48df1fd7563e03463930c2ab3ec49cfb57ba1859ab622c1b89360209375020000000000000000000000000000000000000000007fffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffff8254161781558054600960ff8260a01c1614612327575b505001611c2a565b62ffffff60405191168152a2565b7fffffffffffff000000ffffffffffffffffffffffffffffffffffffffffffffff79ffffff000000000000000000000000000000000000000000000061236e868601611c2a565b60b81b169116178155606082013560038201557601000000000000000000000000000000000000000000007fffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffff8254161790555f80612311565b60408167ffffffffffffffff612449608088977f7fcca01d1fcec285fc6d81db7c7abff6ee08aea9f3e738174dc2e77b178e628896600261245a9b9975030000000000000000000000000000000000000000007fffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffff825416178155015501611c76565b8351928352166020820152a2612670565b565b67ffffffffffffffff8461246f85611c76565b907f8b86a316000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b5067ffffffffffffffff82168411612241565b905b5f54918260c01c9067ffffffffffffffff8460801c1682101561266a57815f52600360205260405f205491825f52600260205260405f20549063ffffffff8260d01c1691838311908115612640575b5061263857818303928311610743575f60209281927f7850c8e1673c1435a826c05a38cc560e455c641ac33480aa63487aac99d1b3fd959877ffffffffffffffffffffffffffffffffffffffffffffffff7fffffffffffffffff00000000000000000000000000000000000000000000000061257e8461208c565b60c01b16911617835582526003845281604081205585825260028452604082208281549273ffffffffffffffffffffffffffffffffffffffff6005600485015494015460405190898201957f6834bf550000000000000000000000000000000000000000000000000000000087528c602484015262ffffff8860b81c16604484015260ff8860b01c166064840152608483015260a482015260a4815261262560c482611cf0565b51941690f16040519015158152a26124b4565b505050509050565b90506126566307ffffff5a9260d51c1684611d31565b9061ea60820180921161074357105f612503565b50509050565b805f52600260205263ffffffff60405f205460d01c16156127035767ffffffffffffffff5f5460801c165f52600360205260405f20555f547fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff77ffffffffffffffff000000000000000000000000000000006126f867ffffffffffffffff8460801c1661208c565b60801b169116175f55565b5056";

export const neuraGatewayAbi = [
  {
    inputs: [
      {
        internalType: "uint256",
        name: "limit",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "CallbackGasTooHigh",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "request",
        type: "uint256",
      },
    ],
    name: "CloseOfUnknownTask",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "request",
        type: "uint256",
      },
    ],
    name: "NoOpenTask",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "value",
        type: "uint256",
      },
    ],
    name: "NotInField",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotSystem",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "verifierContract",
        type: "address",
      },
      {
        internalType: "address",
        name: "actual",
        type: "address",
      },
    ],
    name: "NotVerifier",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    name: "OtherCell",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expected",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "OutcomeOutOfOrder",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "limit",
        type: "uint256",
      },
    ],
    name: "TooManyPending",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "limit",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actual",
        type: "uint256",
      },
    ],
    name: "ValueOutOfRange",
    type: "error",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "expectedWei",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "actualWei",
        type: "uint256",
      },
    ],
    name: "WrongValue",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAddress",
    type: "error",
  },
  {
    inputs: [],
    name: "ZeroAmount",
    type: "error",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "bool",
        name: "succeeded",
        type: "bool",
      },
    ],
    name: "CallbackMade",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: false,
        internalType: "uint48",
        name: "flatFeeUnits",
        type: "uint48",
      },
    ],
    name: "FeeChanged",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint24",
        name: "task",
        type: "uint24",
      },
    ],
    name: "RequestExecuted",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "bytes32",
        name: "failure",
        type: "bytes32",
      },
      {
        indexed: false,
        internalType: "uint64",
        name: "refundUnits",
        type: "uint64",
      },
    ],
    name: "RequestFailed",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        indexed: true,
        internalType: "address",
        name: "author",
        type: "address",
      },
      {
        indexed: false,
        internalType: "uint256[4]",
        name: "words",
        type: "uint256[4]",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "guard",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint64",
        name: "valueUnits",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "uint64",
        name: "callbackUnits",
        type: "uint64",
      },
      {
        indexed: false,
        internalType: "address",
        name: "verifierContract",
        type: "address",
      },
    ],
    name: "Requested",
    type: "event",
  },
  {
    anonymous: false,
    inputs: [
      {
        indexed: true,
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
      {
        indexed: true,
        internalType: "uint24",
        name: "task",
        type: "uint24",
      },
      {
        indexed: false,
        internalType: "uint8",
        name: "phase",
        type: "uint8",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "result",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint256",
        name: "content",
        type: "uint256",
      },
      {
        indexed: false,
        internalType: "uint64",
        name: "refundUnits",
        type: "uint64",
      },
    ],
    name: "TaskClosed",
    type: "event",
  },
  {
    inputs: [],
    name: "counters",
    outputs: [
      {
        internalType: "uint64",
        name: "requests",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "done",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "callbacks",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "called",
        type: "uint64",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "request",
        type: "uint256",
      },
    ],
    name: "expireTask",
    outputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "kind",
        type: "uint256",
      },
    ],
    name: "feeWei",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
      {
        internalType: "uint64",
        name: "amountUnits",
        type: "uint64",
      },
    ],
    name: "openAccount",
    outputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    name: "outcomeOf",
    outputs: [
      {
        internalType: "enum INeuraGateway.Status",
        name: "status",
        type: "uint8",
      },
      {
        internalType: "bytes32",
        name: "failure",
        type: "bytes32",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: "uint8",
            name: "kind",
            type: "uint8",
          },
          {
            internalType: "uint8",
            name: "flags",
            type: "uint8",
          },
          {
            internalType: "uint40",
            name: "deadline",
            type: "uint40",
          },
          {
            internalType: "uint32",
            name: "window",
            type: "uint32",
          },
          {
            internalType: "uint64",
            name: "rewardUnits",
            type: "uint64",
          },
          {
            internalType: "uint64",
            name: "bondUnits",
            type: "uint64",
          },
          {
            internalType: "uint64",
            name: "verifierFeeUnits",
            type: "uint64",
          },
          {
            internalType: "uint256",
            name: "input",
            type: "uint256",
          },
        ],
        internalType: "struct INeuraGateway.TaskTerms",
        name: "terms",
        type: "tuple",
      },
      {
        components: [
          {
            internalType: "uint24",
            name: "id",
            type: "uint24",
          },
          {
            internalType: "uint16",
            name: "share",
            type: "uint16",
          },
          {
            internalType: "uint256",
            name: "serial",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "manifest",
            type: "uint256",
          },
        ],
        internalType: "struct INeuraGateway.NamedModel",
        name: "model",
        type: "tuple",
      },
      {
        components: [
          {
            internalType: "uint24",
            name: "account",
            type: "uint24",
          },
          {
            internalType: "address",
            name: "l1Address",
            type: "address",
          },
          {
            internalType: "uint256",
            name: "pubX",
            type: "uint256",
          },
          {
            internalType: "address",
            name: "verifierContract",
            type: "address",
          },
        ],
        internalType: "struct INeuraGateway.NamedVerifier",
        name: "verifier",
        type: "tuple",
      },
      {
        internalType: "uint32",
        name: "callbackGas",
        type: "uint32",
      },
    ],
    name: "postTask",
    outputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        components: [
          {
            internalType: "uint64",
            name: "id",
            type: "uint64",
          },
          {
            internalType: "bytes32",
            name: "failure",
            type: "bytes32",
          },
          {
            internalType: "uint24",
            name: "task",
            type: "uint24",
          },
          {
            internalType: "uint256",
            name: "terms",
            type: "uint256",
          },
          {
            internalType: "uint64",
            name: "refundUnits",
            type: "uint64",
          },
        ],
        internalType: "struct INeuraGateway.Outcome[]",
        name: "outcomes",
        type: "tuple[]",
      },
      {
        components: [
          {
            internalType: "uint64",
            name: "id",
            type: "uint64",
          },
          {
            internalType: "uint8",
            name: "phase",
            type: "uint8",
          },
          {
            internalType: "uint256",
            name: "result",
            type: "uint256",
          },
          {
            internalType: "uint256",
            name: "content",
            type: "uint256",
          },
          {
            internalType: "uint64",
            name: "refundUnits",
            type: "uint64",
          },
        ],
        internalType: "struct INeuraGateway.Closure[]",
        name: "closures",
        type: "tuple[]",
      },
      {
        internalType: "uint48",
        name: "flatFeeUnits",
        type: "uint48",
      },
      {
        internalType: "uint256",
        name: "callbackGasLimit",
        type: "uint256",
      },
    ],
    name: "record",
    outputs: [],
    stateMutability: "nonpayable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    name: "requestOf",
    outputs: [
      {
        internalType: "address",
        name: "author",
        type: "address",
      },
      {
        internalType: "uint8",
        name: "kind",
        type: "uint8",
      },
      {
        internalType: "address",
        name: "verifierContract",
        type: "address",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "request",
        type: "uint256",
      },
      {
        internalType: "bool",
        name: "accept",
        type: "bool",
      },
      {
        internalType: "uint256",
        name: "content",
        type: "uint256",
      },
    ],
    name: "settleTask",
    outputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint256",
        name: "request",
        type: "uint256",
      },
    ],
    name: "taskOf",
    outputs: [
      {
        internalType: "uint24",
        name: "task",
        type: "uint24",
      },
      {
        internalType: "uint8",
        name: "phase",
        type: "uint8",
      },
      {
        internalType: "uint256",
        name: "terms",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "result",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "content",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint64",
        name: "rewardUnits",
        type: "uint64",
      },
      {
        internalType: "uint64",
        name: "verifierFeeUnits",
        type: "uint64",
      },
      {
        internalType: "uint32",
        name: "callbackGas",
        type: "uint32",
      },
    ],
    name: "taskWei",
    outputs: [
      {
        internalType: "uint256",
        name: "",
        type: "uint256",
      },
    ],
    stateMutability: "view",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "uint24",
        name: "account",
        type: "uint24",
      },
      {
        internalType: "address",
        name: "l1Address",
        type: "address",
      },
      {
        internalType: "uint256",
        name: "pubX",
        type: "uint256",
      },
      {
        internalType: "uint256",
        name: "pubY",
        type: "uint256",
      },
      {
        internalType: "uint64",
        name: "amountUnits",
        type: "uint64",
      },
      {
        internalType: "uint160",
        name: "memo",
        type: "uint160",
      },
    ],
    name: "withdrawToAccount",
    outputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    stateMutability: "payable",
    type: "function",
  },
  {
    inputs: [
      {
        internalType: "address",
        name: "recipient",
        type: "address",
      },
      {
        internalType: "uint8",
        name: "chain",
        type: "uint8",
      },
      {
        internalType: "uint64",
        name: "amountUnits",
        type: "uint64",
      },
    ],
    name: "withdrawToL1",
    outputs: [
      {
        internalType: "uint256",
        name: "id",
        type: "uint256",
      },
    ],
    stateMutability: "payable",
    type: "function",
  },
] as const;
