/**
 * A bare Fastify that answers each request with what one statement returns, for comparing what else a service does. Its arguments are the URL
 * of the database, the statement, and its parameters as JSON. Prints its address.
 */
import Fastify from 'fastify';
import pg from 'pg';

const [url, statement = '', parameters = '[]'] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url });
const server = Fastify();
server.get('/', async () => (await pool.query(statement, JSON.parse(parameters) as unknown[])).rows[0] as unknown);
process.stdout.write(`url ${await server.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.once('SIGTERM', () => void server.close().then(() => pool.end()));
