// Generated from the Solidity sources by `node --import tsx contracts/compile.ts --write-abi`.

/** The gateway's code in the contract lane: part of its genesis, so it is kept as it was compiled once. */
export const neuraGatewayCode =
  "0x60806040526004361015610011575f80fd5b5f5f3560e01c80631694b14c146113f85780631c181bc814611351578063324e03be146112f857806334de6c7e1461106957806362ecc47a14610e46578063bb79ea6a14610de0578063cf53ccbc14610b24578063d483345f146107d0578063d5b36e241461076f578063dae157f814610443578063e2084ad0146103ed578063f5330b04146101005763f7210633146100a9575f80fd5b346100fd57806003193601126100fd57608090546040519067ffffffffffffffff8116825267ffffffffffffffff8160401c16602083015267ffffffffffffffff81841c16604083015260c01c6060820152f35b80fd5b50346100fd5760806003193601126100fd5760043567ffffffffffffffff81116103e9576101329036906004016118db565b9060243567ffffffffffffffff81116103e5576101539036906004016118db565b91909260443565ffffffffffff81168091036103e15773fffffffffffffffffffffffffffffffffffffffe33036103b55760015465ffffffffffff8116820361035b575b5050849392945b8181106103375750505081925b8084106101c157826101be6064356120ca565b80f35b6101cc848284611a07565b9367ffffffffffffffff6101df86611958565b168452600260205260408420600160ff825460b01c16036102f95767ffffffffffffffff6102ea876102f093602060019798999a019061021e8261191c565b7fffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffff76ff0000000000000000000000000000000000000000000083549260b01b1691161781557f5d0f3e91fb16884bbc57bd0c0538c6014bc438a7397f9b4c0de5478696ada893608086604086013593846004820155816060880135958660058401556102bc62ffffff6102b08b611958565b945460b81c169861191c565b966102c8868b01611958565b9160ff60405199168952602089015260408801521660608601521692a3611958565b1661227b565b019291906101ab565b60248567ffffffffffffffff61030e89611958565b7f8d56a51800000000000000000000000000000000000000000000000000000000835216600452fd5b8061035161034c60019385879a98999a611a07565b611e27565b019493929461019e565b817f092508828d9c0584a73efe9948653254119364dd998f21e640136b3a20259317927fffffffffffffffffffffffffffffffffffffffffffffffffffff0000000000006020931617600155604051908152a15f80610197565b6024867f3741f60e00000000000000000000000000000000000000000000000000000000815233600452fd5b8580fd5b8380fd5b5080fd5b50346100fd5760206003193601126100fd5761040a600435611cea565b90633b9aca00820291808304633b9aca00149015171561042f57602082604051908152f35b80634e487b7160e01b602492526011600452fd5b5060606003193601126100fd5760243580151581036103e95760443561046a600435611d11565b926001600160a01b0360018501541680330361073f575061048a82611a2b565b604051916104978361196d565b8183526020830182815260408401918252855494156107365760036001965b0154936104c3600c611cea565b938061042f57506801000000000000000084101561071657633b9aca008402848104633b9aca0014851517156106d3578034036106e757505f549567ffffffffffffffff87169667ffffffffffffffff8160401c16880367ffffffffffffffff81116106d35767ffffffffffffffff610400911610156106a55767ffffffffffffffff61055967ffffffffffffffff1999611cca565b16971687175f90815587815260026020526040908190208054600160a81b740c000000000000000000000000000000000000000074ffffffffffffffffffffffffffffffffffffffffff199092163360ff60a01b1916179190911768ffffffff00000000ff60a81b1916179055519761030c9075ff000000000000000000000000000000000000000000906105ed8b61199d565b60a81b169166ffffff000000006cffffffffffffffffff000000008860381b9260981c1616171717875251602087015251604086015251606085015260405191825f905b6004821061068f576020868667ffffffffffffffff878760808401521660a08201525f60c08201525f60e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928951815201970191019095610631565b7f36c2ba31000000000000000000000000000000000000000000000000000000005f5261040060045260245ffd5b634e487b7160e01b5f52601160045260245ffd5b7f195a3ca1000000000000000000000000000000000000000000000000000000005f526004523460245260445ffd5b83630a845f3d60e01b5f526801000000000000000060045260245260445ffd5b600383966104b6565b604492507f50e7b66700000000000000000000000000000000000000000000000000000000825260045233602452fd5b50346100fd5760206003193601126100fd57604060a0916004358152600260205220805490600381015490600560048201549101549160ff6040519462ffffff8160b81c16865260b01c166020850152604084015260608301526080820152f35b5060606003193601126100fd576107e56118c5565b6024359060ff82168203610b20576044359267ffffffffffffffff8416918285036103e9578215610af8576001600160a01b03168015610ad0576040519061082c8261196d565b815260208101828152604082019183835261085161084a6005611cea565b80966119fa565b9468010000000000000000861015610ab057633b9aca008602868104633b9aca001487151715610a9c57803403610a6d5750845467ffffffffffffffff811667ffffffffffffffff8260401c16810367ffffffffffffffff8111610a595767ffffffffffffffff61040091161015610a2b579167ffffffffffffffff1998999167ffffffffffffffff6108e661030595611cca565b16991689178755888752600260205260408088208054600160a81b7405000000000000000000000000000000000000000074ffffffffffffffffffffffffffffffffffffffffff199092163360ff60a01b1916179190911768ffffffff00000000ff60a81b1916179055519974ffffffffffffffff000000000000000000000000009075ff0000000000000000000000000000000000000000009061098a8d61199d565b60a81b169260681b169060381b1717178752516020870152516040860152516060850152604051918282905b60048210610a155750506020945067ffffffffffffffff908260808501521660a08301528060c083015260e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b60208060019289518152019701910190956109b6565b6024877f36c2ba31000000000000000000000000000000000000000000000000000000008152610400600452fd5b602488634e487b7160e01b81526011600452fd5b7f195a3ca100000000000000000000000000000000000000000000000000000000865260045234602452604485fd5b602486634e487b7160e01b81526011600452fd5b60448587630a845f3d60e01b825268010000000000000000600452602452fd5b6004827fd92e233d000000000000000000000000000000000000000000000000000000008152fd5b6004827f1f2a2005000000000000000000000000000000000000000000000000000000008152fd5b8280fd5b5060c06003193601126100fd576004359062ffffff82168083036103e957602435916001600160a01b03831683036100fd576084359267ffffffffffffffff841692838503610b205760a435916001600160a01b0383168093036103e5578415610db857610b99606435916044359084611d5c565b14801590610dae575b610d9c575060405190610bb48261196d565b8152602081018281526040820191838352610bd261084a6003611cea565b9468010000000000000000861015610ab057633b9aca008602868104633b9aca001487151715610a9c57803403610a6d5750845467ffffffffffffffff811667ffffffffffffffff8260401c16810367ffffffffffffffff8111610a595767ffffffffffffffff61040091161015610a2b57986103039167ffffffffffffffff610c6667ffffffffffffffff199b9c611cca565b16991689178755888752600260205260408088208054600160a81b7403000000000000000000000000000000000000000074ffffffffffffffffffffffffffffffffffffffffff199092163360ff60a01b1916179190911768ffffffff00000000ff60a81b1916179055519966ffffff000000009074ffffffffffffffff0000000000000000000000000090610cfb8d61199d565b60681b169360381b9160201b161717178752516020870152516040860152516060850152604051918282905b60048210610d865750506020945067ffffffffffffffff908260808501521660a08301528060c083015260e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928951815201970191019095610d27565b633869304160e11b8352600452602482fd5b5060038114610ba2565b6004847f1f2a2005000000000000000000000000000000000000000000000000000000008152fd5b50346100fd5760206003193601126100fd57600435808252600260205260ff604083205460a81c1690825260026020526002604083200154604051916004811015610e32576040935082526020820152f35b602484634e487b7160e01b81526021600452fd5b5060206003193601126100fd57610e5e600435611d11565b9060405190610e6e6060836119b9565b60603683376003835493015490610e85600e611cea565b90506801000000000000000081101561104a57633b9aca008102818104633b9aca0014821517156106d3578034036106e757505f549267ffffffffffffffff84169067ffffffffffffffff8560401c16820367ffffffffffffffff81116106d35767ffffffffffffffff610400911610156106a55767ffffffffffffffff199467ffffffffffffffff610f19604094611cca565b16951685175f90815585815260026020528290208054600160a81b740e000000000000000000000000000000000000000074ffffffffffffffffffffffffffffffffffffffffff199092163360ff60a01b1916179190911768ffffffff00000000ff60a81b191617905581519561030e90610f938861199d565b66ffffff000000006cffffffffffffffffff000000008660381b9260981c161617178652805160208701526020810151828701520151606085015260405191825f905b60048210611034576020868667ffffffffffffffff878760808401521660a08201525f60c08201525f60e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928951815201970191019095610fd6565b630a845f3d60e01b5f526801000000000000000060045260245260445ffd5b60806003193601126112f45761107d6118c5565b602435906044356064359067ffffffffffffffff8216928383036112f4576001600160a01b03169384156112cc576110b481611a2b565b6110bd82611a2b565b604051946110ca8661196d565b855260208501908152604085019182526110ee6110e76004611cea565b80956119fa565b94680100000000000000008610156112ac57633b9aca008602868104633b9aca0014871517156106d3578034036106e757505f549467ffffffffffffffff86169067ffffffffffffffff8760401c16820367ffffffffffffffff81116106d35767ffffffffffffffff610400911610156106a55767ffffffffffffffff199667ffffffffffffffff61118261030494611cca565b16971687175f90815587815260026020526040908190208054600160a81b7404000000000000000000000000000000000000000074ffffffffffffffffffffffffffffffffffffffffff199092163360ff60a01b1916179190911768ffffffff00000000ff60a81b1916179055519574ffffffffffffffff00000000000000000000000000906112118861199d565b60681b169060381b1717845251602084015251604083015251606082015260405190815f905b600482106112965750505067ffffffffffffffff6020935f60808401521660a08201525f60c08201525f60e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928551815201930191019091611237565b85630a845f3d60e01b5f526801000000000000000060045260245260445ffd5b7fd92e233d000000000000000000000000000000000000000000000000000000005f5260045ffd5b5f80fd5b346112f45760206003193601126112f4576004355f90815260026020908152604091829020805460019091015483516001600160a01b03838116825260a09390931c60ff16938101939093521691810191909152606090f35b346112f45760606003193601126112f45760043567ffffffffffffffff81168091036112f4576024359067ffffffffffffffff82168092036112f4576044359163ffffffff83168093036112f4576113a8916119fa565b818004600114821517156106d3576113d4916113c3916119fa565b65ffffffffffff60015416906119fa565b633b9aca00810290808204633b9aca0014901517156106d357602090604051908152f35b600319360161022081126112f457610100136112f45760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffefc3601126112f45760807ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe7c3601126112f4576102043563ffffffff8116908181036112f457620f424082116118925760e4359161148c83611a2b565b611494611ad2565b61149c611bff565b60381b610104359162ffffff831683036112f45760043560ff811681036112f45760243560ff811681036112f457610124359061ffff821682036112f4576044359264ffffffffff841684036112f4576064359663ffffffff881688036112f45767ffffffffffffffff61150e61192a565b1660a4359067ffffffffffffffff821682036112f45761152c611941565b60801b77ffffffffffffffff00000000000000000000000000000000169160401b6fffffffffffffffff0000000000000000161717966040519861156f8a61196d565b60c01b7bffffffff000000000000000000000000000000000000000000000000169560981b77ffffffffff00000000000000000000000000000000000000169460881b72ffff0000000000000000000000000000000000169360701b6eff0000000000000000000000000000169260681b6dff00000000000000000000000000169160501b6cffffff00000000000000000000161717171717178352602083019182526040830194855261162161192a565b67ffffffffffffffff16611633611941565b67ffffffffffffffff16611646916119fa565b946101e435926001600160a01b038416938481036112f457506116696009611cea565b96838004600114841517156106d357836116868961168b936119fa565b6119fa565b94680100000000000000008610156112ac57633b9aca008602868104633b9aca0014871517156106d3578034036106e757505f549667ffffffffffffffff88169767ffffffffffffffff8160401c16890367ffffffffffffffff81116106d35767ffffffffffffffff610400911610156106a55767ffffffffffffffff61171b67ffffffffffffffff199a611cca565b16981688175f9081558881526002602052604090208054600160a81b7dffffffff000000000000000000000000000000000000000000000000000060d09490941b939093167409000000000000000000000000000000000000000074ffffffffffffffffffffffffffffffffffffffffff199092163360ff60a01b1916179190911768ffffffff00000000ff60a81b19161791909117815585611861575b50604051976117c78961199d565b60381b61030917885251602088015251604087015251606086015260405192835f905b6004821061184b5750506020955067ffffffffffffffff906101643560808601521660a084015260c083015260e0820152817fde2dacc095a7119ec6e996c443494f41790bb35041900a5b47e5366181387c536101003393a3604051908152f35b6020806001928a518152019801910190966117ea565b600101857fffffffffffffffffffffffff0000000000000000000000000000000000000000825416179055886117b9565b507f924121a7000000000000000000000000000000000000000000000000000000005f52620f424060045260245260445ffd5b600435906001600160a01b03821682036112f457565b9181601f840112156112f45782359167ffffffffffffffff83116112f45760208085019460a085020101116112f457565b3562ffffff811681036112f45790565b3560ff811681036112f45790565b60843567ffffffffffffffff811681036112f45790565b60c43567ffffffffffffffff811681036112f45790565b3567ffffffffffffffff811681036112f45790565b6060810190811067ffffffffffffffff82111761198957604052565b634e487b7160e01b5f52604160045260245ffd5b6080810190811067ffffffffffffffff82111761198957604052565b90601f7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0910116810190811067ffffffffffffffff82111761198957604052565b919082018092116106d357565b9190811015611a175760a0020190565b634e487b7160e01b5f52603260045260245ffd5b7f30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001811015611a565750565b7f81452424000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b906080828203126112f45780601f830112156112f45760405191611aa66080846119b9565b8290608081019283116112f457905b828210611ac25750505090565b8151815260209182019101611ab5565b6101043562ffffff8116908181036112f4578115611baa576040517f206848f6000000000000000000000000000000000000000000000000000000008152826004820152608081602481624e52585afa908115611b9f575f91611b70575b50600260ff8251161490811591611b5e575b50611b4b575050565b50633869304160e11b5f5260045260245ffd5b6020915001516101443514155f611b42565b611b92915060803d608011611b98575b611b8a81836119b9565b810190611a81565b5f611b30565b503d611b80565b6040513d5f823e3d90fd5b50506101243561ffff8116908181036112f4575015801590611bf3575b8015611be7575b611bd457565b633869304160e11b5f525f60045260245ffd5b50610164351515611bce565b50610144351515611bc7565b6101e4356001600160a01b038116908181036112f4575015611c74576101843562ffffff8116908181036112f4578115801590611c55575b8015611c49575b611b4b575050600390565b506101c4351515611c3e565b506101a4356001600160a01b038116908181036112f457501515611c37565b6101843562ffffff8116908181036112f4576101a4356001600160a01b03811681036112f457611ca9906101c4359084611d5c565b5060038214611cb6575090565b633869304160e11b5f52600360045260245ffd5b67ffffffffffffffff60019116019067ffffffffffffffff82116106d357565b60015465ffffffffffff1690600403611d0e57806064029060648204036106d35790565b90565b90815f52600260205260405f2091600160ff845460b01c1603611d315750565b7fccf8e275000000000000000000000000000000000000000000000000000000005f5260045260245ffd5b90604051927f206848f6000000000000000000000000000000000000000000000000000000008452826004850152608084602481624e52585afa938415611b9f575f94611e06575b50600160ff8551161491821592611dec575b508115611ddd575b50611dcb57506060015190565b633869304160e11b5f5260045260245ffd5b9050604083015114155f611dbe565b60208501516001600160a01b03909116141591505f611db6565b611e2091945060803d608011611b9857611b8a81836119b9565b925f611da4565b67ffffffffffffffff905f54611e41838260401c16611cca565b611e4a83611958565b818516941684148015906120b7575b612074576fffffffffffffffff00000000000000007fffffffffffffffffffffffffffffffff0000000000000000ffffffffffffffff9160401b169116175f55815f52600260205260405f20602082013580611fdf5750611f3160407f025b90e42c36e0d48df1fd7563e03463930c2ab3ec49cfb57ba1859ab622c1b89360209375020000000000000000000000000000000000000000007fffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffff8254161781558054600960ff8260a01c1614611f3f575b50500161190c565b62ffffff60405191168152a2565b7fffffffffffff000000ffffffffffffffffffffffffffffffffffffffffffffff79ffffff0000000000000000000000000000000000000000000000611f8686860161190c565b60b81b169116178155606082013560038201557601000000000000000000000000000000000000000000007fffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffffff8254161790555f80611f29565b60408167ffffffffffffffff612061608088977f7fcca01d1fcec285fc6d81db7c7abff6ee08aea9f3e738174dc2e77b178e62889660026120729b9975030000000000000000000000000000000000000000007fffffffffffffffffffff00ffffffffffffffffffffffffffffffffffffffffff825416178155015501611958565b8351928352166020820152a261227b565b565b67ffffffffffffffff8461208785611958565b907f8b86a316000000000000000000000000000000000000000000000000000000005f526004521660245260445ffd5b5067ffffffffffffffff82168411611e59565b905b5f54918260c01c9067ffffffffffffffff8460801c1682101561227557815f52600360205260405f205491825f52600260205260405f20549063ffffffff8260d01c169183831190811561224b575b50612243578183039283116106d3575f60209281927f7850c8e1673c1435a826c05a38cc560e455c641ac33480aa63487aac99d1b3fd959877ffffffffffffffffffffffffffffffffffffffffffffffff7fffffffffffffffff00000000000000000000000000000000000000000000000061219684611cca565b60c01b1691161783558252600384528160408120558582526002845260408220828154926001600160a01b036005600485015494015460405190898201957f6834bf550000000000000000000000000000000000000000000000000000000087528c602484015262ffffff8860b81c16604484015260ff8860b01c166064840152608483015260a482015260a4815261223060c4826119b9565b51941690f16040519015158152a26120cc565b505050509050565b90506122616307ffffff5a9260d51c16846119fa565b9061ea6082018092116106d357105f61211b565b50509050565b805f52600260205263ffffffff60405f205460d01c161561230e5767ffffffffffffffff5f5460801c165f52600360205260405f20555f547fffffffffffffffff0000000000000000ffffffffffffffffffffffffffffffff77ffffffffffffffff0000000000000000000000000000000061230367ffffffffffffffff8460801c16611cca565b60801b169116175f55565b5056";

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
