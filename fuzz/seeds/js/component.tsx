export const C = ({ a }: { a?: string }) => <div {...{a}}>{a && <b>{`${a}`}</b>}</div>;
