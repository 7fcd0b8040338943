Param($Id)
sqlcmd -S sql01 -d shop -b -Q "UPDATE users SET plan = 'free' WHERE id = $Id"
