const requireC‍i = () => undefined;
requireC‍i();
