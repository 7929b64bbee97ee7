/** The database has gone while it was asked; what became of a write is anybody's guess. */
export class ConnectionLost extends Error {
  constructor() {
    super('the connection to the database was lost');
    this.name = 'ConnectionLost';
  }
}
