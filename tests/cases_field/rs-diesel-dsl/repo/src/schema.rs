diesel::table! {
    services (id) {
        id -> Int4,
        name -> Text,
    }
}
