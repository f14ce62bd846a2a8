using System.Text;

namespace Nbpy.Hosting.Internal;

/// <summary>The console for a host that outlives it: what cannot be written, because the terminal has gone or the disk behind a redirection is
/// full, is left out. Without it the first such line would end whoever says it: the stop, the supervision.</summary>
internal sealed class SafeConsole(TextWriter inner) : TextWriter
{
    private static int isInstalled;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Puts it before standard output and standard error.</summary>
    public static void Install()
    {
        if (Interlocked.Exchange(ref isInstalled, 1) == 1)
            return;
        Console.SetOut(new SafeConsole(Console.Out));
        Console.SetError(new SafeConsole(Console.Error));
    }

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine() => Try(inner.WriteLine);

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // There is nowhere left to say it; the resources' own logs are in their files.
        }
    }
}
