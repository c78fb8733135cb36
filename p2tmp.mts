import { ProverPool } from "./prover/pool.ts";
import { exportVerificationKey } from "./prover/snarkjs.ts";
import { readFileSync, readdirSync } from "node:fs";
const dir=process.argv[2]!; const zk=process.argv[3]!; const n=Number(process.argv[4]);
const thr=()=>/Threads:\s+(\d+)/.exec(readFileSync("/proc/self/status","utf8"))![1];
const verificationKey=await exportVerificationKey(zk);
console.log("threads at start",thr());
const pool=new ProverPool({threads:n});
const job={wasmPath:dir+"/circuit.wasm",zkeyPath:zk,verificationKey,input:{a:3n,b:4n}};
if (process.argv[5]==="abort"){
 const c=new AbortController(); const p=pool.prove(job,c.signal).catch(e=>console.log(e.code));
 await new Promise(r=>setTimeout(r,4000)); console.log("threads proving",thr()); c.abort(); await p; await new Promise(r=>setTimeout(r,300));
 const c0=process.cpuUsage(); await new Promise(r=>setTimeout(r,1500)); const c1=process.cpuUsage(c0); console.log("threads after abort",thr(),"cpu ms in 1.5s",(c1.user+c1.system)/1000);
 const q=pool.prove(job).catch(e=>console.log("close:",e.code)); await new Promise(r=>setTimeout(r,3000)); await pool.close(); await q; await new Promise(r=>setTimeout(r,300)); const c2=process.cpuUsage(); await new Promise(r=>setTimeout(r,1500)); console.log("after close",thr(), (process.cpuUsage(c2).user)/1000);
} else {
let lag=0; let last=performance.now(); const iv=setInterval(()=>{const t=performance.now(); lag=Math.max(lag,t-last-20); last=t;},20);
const t=performance.now(); const rs=await Promise.all(Array.from({length:n},()=>pool.prove(job)));
console.log("wall",((performance.now()-t)/1000).toFixed(1)); for(const r of rs) console.log(r.witnessMs|0,r.proveMs|0,r.verifyMs|0,(r.peakRssBytes/1e6|0)+"MB"); console.log("main loop lag ms",lag|0); clearInterval(iv);
await pool.close();}
