$arguments = @('prisma', 'migrate')
$arguments += 'deploy'
& npx @arguments
exit $LASTEXITCODE
