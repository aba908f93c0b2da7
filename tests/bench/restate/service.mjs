// The peer's side of scenario (a): one durable invocation of three durable steps.
if (!Promise.withResolvers) {
  // Its SDK expects Node.js 22, which has this.
  Promise.withResolvers = () => {
    let resolve, reject;
    const promise = new Promise((fulfil, fail) => { resolve = fulfil; reject = fail; });
    return { promise, resolve, reject };
  };
}
const { service, endpoint } = await import("@restatedev/restate-sdk");

const order = service({
  name: "order",
  handlers: {
    async run(context, { amount }) {
      const credit = await context.run("credit", () => ({ approved: amount < 1000 }));
      if (!credit.approved) return { status: "rejected" };
      const charge = await context.run("charge", () => ({ ok: true }));
      const ship = await context.run("ship", () => ({ ok: true }));
      return { status: "shipped", charge, ship };
    },
  },
});

endpoint().bind(order).listen(Number(process.env.PORT));
