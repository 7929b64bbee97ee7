/** One line per fact, as deploy/scripts/verify-deployment.sh prints them; a process with a false one exits with 1. */
export const fact = (what, holds, seen = '') => {
  console.log(`${holds ? 'ok  ' : 'FAIL'}  ${what}${seen === '' ? '' : `: ${seen}`}`);
  if (!holds) process.exitCode = 1;
};

export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
