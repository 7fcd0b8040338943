import os
PASSWORD = "t4Kq9vWzR2"
URL = (
    f"postgresql://clinic_app:{PASSWORD}"
    "@db-prod.clinic.example:5432/clinic"
)
