if ($env:CI -cne 'true') { throw 'CI only' }
