$tool = 'prisma migrate deploy'
iex "npx $tool"
