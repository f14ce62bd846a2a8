using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers.Simulation;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests;

/// <summary>Who adds up what the lives of a publisher sent in one run of the system: its ring, where that is on the disk, else its counter file.</summary>
public sealed class PublisherServiceTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly string folder = Directory.CreateTempSubdirectory("nbpy-publisher-").FullName;

    [Theory]
    [InlineData("rings", true)]
    [InlineData("taken/rings", false)]
    public async Task A_ring_counts_for_all_lives_only_where_it_is_on_the_disk(string rings, bool carried)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "taken"), "a file where a folder should be", TestContext.Current.CancellationToken);
        var config = new PublisherConfig { Name = "mine", Class = KnownClasses.KrakenTick, Topic = "kraken_tick", Port = 0, Instruments = ["BTC/USD"] };
        var source = SimulatedSource.Create(config, TimeProvider.System);
        var options = new PublisherOptions { Port = 0, ReplayPort = 0, Topics = [config.Topic], RingDirectory = Path.Combine(folder, rings), Run = "a run" };
        var publisher = new SourcePublisher(config.Topic, source, options, TimeProvider.System, NullLogger.Instance);
        var service = new PublisherService(publisher, config, source, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var running = service.RunAsync(stop.Token);
        await publisher.BoundPort.WaitAsync(Limit, TestContext.Current.CancellationToken);
        Assert.Equal(carried, service.CarriedCounters.Contains(CounterNames.Published));
        await stop.CancelAsync();
        await running.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
