using System.Globalization;
using Xunit;

[assembly: AssemblyFixture(typeof(Nbpy.Tests.Shared.Turn))]

namespace Nbpy.Tests.Shared;

/// <summary>In CI every test program is started at once and waits here for a place, those that take longest first: by itself <c>dotnet test</c>
/// takes them in no order, and one that comes last runs alone. Places are the files <c>place-*</c> of the folder that NBPY_TEST_TURNS names; without
/// the variable nobody waits.</summary>
public sealed class Turn : IAsyncLifetime
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>These mostly wait for clocks and need no place: a tenth to a third of a processor. Fuzzing takes only what others leave.</summary>
    private static readonly string[] Light = ["Publishers", "Validation", "Fuzz"];

    /// <summary>Longest first, but browsers before the images are built: then containers come and go. Those that measure short times come last, when it
    /// is quiet, as does a program that is not named.</summary>
    private static readonly string[] Order = ["EndToEnd", "Containers", "Grafana", "Dashboard", "AppHost", "EmbeddedInflux", "Influx", "Subscribers", "Configuration", "Messaging", "Hosting"];

    private FileStream? place;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("NBPY_TEST_TURNS") is not { Length: > 0 } folder)
            return;
        var name = typeof(Turn).Assembly.GetName().Name!.Split('.')[1];
        if (Light.Contains(name))
            return;
        var rank = Array.IndexOf(Order, name) is >= 0 and var found ? found : Order.Length;
        // Held open while it waits: one that dies waits no longer.
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"waiting-{rank:00}-{name}"));
        await using var waiting = await MachineLock.TakeAsync(path);
        while (place is null)
        {
            if (Directory.EnumerateFiles(folder, "waiting-*").Any(f => string.CompareOrdinal(f, path) < 0 && MachineLock.IsTaken(f)))
                await Task.Delay(Poll);
            else if ((place = Directory.EnumerateFiles(folder, "place-*").Select(MachineLock.TryTake).FirstOrDefault(p => p is not null)) is null)
                await Task.Delay(Poll);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (place is not null)
            await place.DisposeAsync();
    }
}
