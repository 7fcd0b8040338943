FROM a
RUN <<A <<B
x
A
ENV "
CMD ["a", \
