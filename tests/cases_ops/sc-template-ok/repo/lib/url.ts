const password = process.env.DB_PASSWORD;
export const url = `postgresql://clinic_app:${password}@db-prod.clinic.io:5432/clinic`;
