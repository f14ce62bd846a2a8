using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Live.Twitter;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary>What X's live feed published comes again out of its recording.</summary>
public sealed class TwitterRoundTripTests : IAsyncLifetime
{
    private readonly LogLines log = new();
    private TwitterVenue venue = null!;

    public async ValueTask InitializeAsync() => venue = await TwitterVenue.StartAsync();

    public ValueTask DisposeAsync() => venue.DisposeAsync();

    [Fact]
    public async Task Posts_with_repeats_and_those_of_strangers_rules_over_two_connections()
    {
        var config = new PublisherConfig
        {
            Name = "x", Class = KnownClasses.TwitterSentiment, Port = 5565, Topic = "twitter_sentiment",
            Options = new Dictionary<string, string> { ["url"] = venue.Url, ["ca_file"] = venue.Certificate.CaFile, ["timing_scale"] = "0.05", ["rules"] = """{"btc":"bitcoin lang:en","all":"bitcoin"}""" },
        };
        var source = new TwitterLiveSource(new TwitterLiveOptions(config, v => v == "TWITTER_BEARER_TOKEN" ? TwitterVenue.Token : null), TimeProvider.System, log);
        venue.Rules["8"] = ("bitcoin", "theirs"); // Another program has the very rule of one topic.
        using var trip = new RoundTrip(config, source, "x.ndjson");
        var peer = await venue.NextAsync();
        await peer.SendAsync(Post("11", "I love this"));
        await peer.SendAsync("");
        await peer.SendAsync(Post("11", "again"));
        await peer.SendAsync(Post("12", "not ours", """{"id":"7","tag":"theirs"}"""));
        await peer.SendAsync(Post("13", "both", """{"id":"7","tag":"theirs"},{"id":"101","tag":"nbpy:btc"}"""));
        await trip.Run.UntilCountAsync(2);
        peer.End();
        var second = await venue.NextAsync();
        await second.SendAsync(Post("13", "back-filled"));
        await second.SendAsync(Post("14", "This is terrible"));
        await second.SendAsync(Post("15", "of a rule that two programs have", """{"id":"8","tag":"theirs"}"""));
        await second.SendAsync(Post("16", "without a tag", """{"id":"101","tag":""},{"id":"8"}"""));
        await trip.Run.UntilCountAsync(5);
        Assert.Equal(["btc", "btc", "btc", "all", "btc"], trip.Run.Messages.Select(m => m.Get("topic")));
        second.End();
        await trip.AssertSameAsync(5);
        Assert.DoesNotContain(TwitterVenue.Token, File.ReadAllText(trip.File), StringComparison.Ordinal);
    }

    private static string Post(string id, string text, string rules = """{"id":"101","tag":"nbpy:btc"}""") =>
        $$"""{"data":{"author_id":"9","created_at":"2026-01-15T10:30:03.000Z","id":"{{id}}","lang":"en","text":"{{text}}"},"includes":{"users":[{"id":"9","username":"somebody","location":"London"}]},"matching_rules":[{{rules}}]}""";
}
