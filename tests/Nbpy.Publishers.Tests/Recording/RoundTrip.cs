using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Recording;
using Nbpy.Publishers.Replay;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary>A live feed that is recorded while it runs; afterwards its recording has to make the very same messages.</summary>
internal sealed class RoundTrip : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nbpy-recording-");
    private readonly PublisherConfig config;
    private readonly RecordingWriter writer;

    public RoundTrip(PublisherConfig config, LiveSource source, string name = "recording.ndjson.gz")
    {
        this.config = config;
        File = Path.Combine(folder.FullName, name);
        writer = new RecordingWriter(File, config, TimeProvider.System);
        source.RawSink = writer;
        Run = new FeedRun(source);
    }

    /// <summary>The feed.</summary>
    public FeedRun Run { get; }

    /// <summary>The recording.</summary>
    public string File { get; }

    /// <summary>Messages recorded.</summary>
    public long Recorded => writer.Messages;

    /// <summary>Ends the feed, plays the recording, and compares: the same fields of the same kinds, in the same order.</summary>
    public async Task AssertSameAsync(int least)
    {
        await Run.DisposeAsync();
        writer.Dispose();
        var live = Run.Messages.Select(Exact).ToList();
        Assert.True(live.Count >= least, $"{live.Count} messages live");
        Assert.Equal(live, (await PlayAsync(config, File)).Select(Exact));
    }

    public void Dispose()
    {
        writer.Dispose();
        folder.Delete(recursive: true);
    }

    /// <summary>Plays a file once, flat out.</summary>
    public static async Task<List<MarketMessage>> PlayAsync(PublisherConfig config, string file, params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string>(config.Options, StringComparer.Ordinal) { ["file"] = file, ["speed"] = "max", ["loop"] = "false" };
        foreach (var (name, value) in options)
            all[name] = value;
        var clock = new JumpingTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var messages = new List<MarketMessage>();
        await foreach (var message in ReplaySource.Create(config with { Options = all }, clock, NullLogger.Instance).ReadAsync(TestContext.Current.CancellationToken))
            messages.Add(message);
        return messages;
    }

    /// <summary>Every field with its kind.</summary>
    public static string Exact(MarketMessage message) => string.Join(' ', message.Fields.Select(f => $"{f.Name}={f.Value}"));
}
