import { Client } from "@elastic/elasticsearch";
import Stripe from "stripe";

const client = new Client({ node: process.env.ELASTIC_URL });
await client.indices.delete({ index: "old", ignore_unavailable: true });
await client.update({ index: "services", id: "1", doc: { name: "x" } });
const stripe = new Stripe(process.env.STRIPE_KEY as string);
await stripe.products.update("p", { name: "x" });
await stripe.products.create({ name: "y" });
