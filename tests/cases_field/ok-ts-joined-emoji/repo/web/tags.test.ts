it("keeps joined letters", () => {
  expect(tags("#A‍B")).toEqual(["AB"]);
});
