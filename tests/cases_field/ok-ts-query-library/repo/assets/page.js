$(function () {
  $("#services").bind("change", (event) => $(event.target).val("psql"));
});
