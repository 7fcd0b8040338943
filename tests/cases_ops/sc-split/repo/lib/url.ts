const password = "t4Kq9vWzR2";
export const url =
  "postgresql://clinic_app:" + password +
  "@db-prod.clinic.example:5432/clinic";
