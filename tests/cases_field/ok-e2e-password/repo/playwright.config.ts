export default { use: { ADMIN_PASSWORD: "listmonk" } };
