using Xunit;

[assembly: AssemblyFixture(typeof(Nbpy.Tests.Shared.MachineLock))]

namespace Nbpy.Tests.Shared;

/// <summary>Test programs that start whole systems, servers or browsers take the machine in turn: <c>dotnet test</c> runs test programs side by
/// side, and two such systems at once on two cores run into each other's time limits.</summary>
public sealed class MachineLock : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);
    private FileStream? held;

    public async ValueTask InitializeAsync()
    {
        var path = Path.Combine(Path.GetTempPath(), "nbpy-tests.lock");
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return;
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(start) < Limit)
            {
                // Another test program has it.
                await Task.Delay(500);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (held is not null)
            await held.DisposeAsync();
    }
}
