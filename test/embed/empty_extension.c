/* A library, but no extension. */
int nothing_of_ours(void);

int nothing_of_ours(void) {
  return 0;
}
