import { main } from '../../packages/mycel/src/cli/main.ts';

// What bin/mycel.js does with the build.
await main(process.argv.slice(2));
