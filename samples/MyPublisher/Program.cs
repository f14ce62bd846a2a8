using Nbpy.Messaging;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

return await ServiceProgram.RunAsync(args, "Publishes my_topic.", context =>
{
    var config = context.Config.Publishers.Single(p => p.Name == context.Name);
    return new MyService(new MyPublisher(new PublisherOptions
    {
        Port = config.Port, BindHost = context.Config.System.BindHost, Source = "live", Topics = [config.Topic],
        ExpectedSubscribers = context.Config.SubscriptionsTo(config), ReplayPort = config.ReplayPort,
        RingDirectory = context.Config.RingDirectory(config), Run = Environment.GetEnvironmentVariable(EnvironmentNames.Run) ?? "",
    }));
});

sealed class MyPublisher(PublisherOptions options) : BasePublisher(options)
{
    protected override async Task PublishLoopAsync(CancellationToken ct)
    {
        while (true)
        {
            PublishMsgpack("my_topic", new Dictionary<string, object?> { ["symbol"] = "ABC", ["price"] = 1.5, ["size"] = 10.0 });
            await Task.Delay(100, ct);
        }
    }
}

sealed class MyService(MyPublisher publisher) : IService
{
    public ServiceHealth Health => publisher.Counters.Published > 0 ? new(true, "streaming") : new(false, "no message yet");

    public IReadOnlyDictionary<string, long> Counters => new Dictionary<string, long> { [CounterNames.Published] = publisher.Counters.Published };

    // A ring on the disk goes on counting after a restart.
    public IReadOnlySet<string> CarriedCounters => publisher.RingError is null ? new HashSet<string> { CounterNames.Published } : [];

    public Task RunAsync(CancellationToken ct) => publisher.RunAsync(ct);
}
