import { requireCi } from "./ci";
if (require.main === module) requireCi();
