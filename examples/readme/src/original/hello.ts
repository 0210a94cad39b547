import { spawn } from "experimental-threads";

const data = { hello: 'world' };

const result = await eval(spawn(async () => {
   // Will be automatically captured
  console.log(data.hello); // "world"

  return Math.random();
}));

console.log(result); // 0.6378467071314606
