// A middleware fails for a reason that is none of the client's business.

export function server(io, log) {
  io.use((socket, next) => {
    next(new Error("password of the database is wrong"));
  });
}

export async function client({ open, next, log }) {
  const [error] = await next(open(), "connect_error");
  log("refused", error.message, error.data);
}
