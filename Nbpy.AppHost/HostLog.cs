namespace Nbpy.AppHost;

/// <summary>The file that a detached host's output goes to (<c>NBPY_HOST_LOG</c>, from <c>nbpy start --detach</c>), kept from filling the disk:
/// past 10 MB it is copied to <c>host.1.log</c> (three old ones are kept) and begun again. Copied and cut, not renamed: the output is a file
/// that the shell opened, which would follow the name.</summary>
internal sealed class HostLog : IAsyncDisposable
{
    /// <summary>Names the file; set, the host keeps it small.</summary>
    public const string Variable = "NBPY_HOST_LOG";

    private const long MaxBytes = 10 * 1024 * 1024;
    private const int Kept = 3;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private readonly string path;
    private readonly long maxBytes;
    private readonly ITimer timer;

    private HostLog(string path, long maxBytes, TimeProvider time)
    {
        this.path = path;
        this.maxBytes = maxBytes;
        timer = time.CreateTimer(_ => TurnOver(), null, Interval, Interval);
    }

    /// <summary>Looks after the file that the environment names; null when it names none.</summary>
    public static HostLog? Follow(TimeProvider time, long maxBytes = MaxBytes) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? new HostLog(path, maxBytes, time) : null;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => timer.DisposeAsync();

    private void TurnOver()
    {
        try
        {
            if (!File.Exists(path) || new FileInfo(path).Length < maxBytes)
                return;
            for (var age = Kept - 1; age > 0; age--)
                if (File.Exists(Old(age)))
                    File.Move(Old(age), Old(age + 1), overwrite: true);

            // Whoever writes to the console meanwhile waits.
            lock (Console.Out)
            {
                File.Copy(path, Old(1), overwrite: true);
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                file.SetLength(0);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk, most likely: what is there stays, and the next look tries again.
            Console.Error.WriteLine($"{path} cannot be turned over: {e.Message}");
        }
    }

    private string Old(int age) => Path.ChangeExtension(path, $".{age}.log");
}
