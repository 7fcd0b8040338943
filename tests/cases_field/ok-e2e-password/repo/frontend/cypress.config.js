module.exports = { env: { SHOP_ADMIN_PASSWORD: "listmonk" } };
