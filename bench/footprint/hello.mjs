// The least that Node can be: nothing but a timer that keeps it alive.
console.log('ready');
setInterval(() => {}, 60_000);
