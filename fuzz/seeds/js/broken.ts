function f( { if (a { `${`${
