/* empty.c: a program that does nothing: what it costs to start and to end one. */
int main(void)
{
    return 0;
}
