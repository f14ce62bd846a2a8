using System.Text;
using System.Text.Json.Nodes;
using Nbpy.Publishers.Twitter;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Twitter;

/// <summary>Rules against the configuration, and how long to wait: both without a connection.</summary>
public sealed class TwitterRulesTests
{
    private readonly TwitterRules rules = new(new Dictionary<string, string> { ["bitcoin"] = "btc", ["ethereum"] = "eth" });

    [Fact]
    public void The_list_tells_what_is_surplus_what_is_missing_and_whose_ids_are_ours()
    {
        var (surplus, missing) = rules.Compare(Json("""{"data":[{"id":"1","value":"old","tag":"nbpy:gone"},{"id":2,"value":"bitcoin","tag":"nbpy:btc"},{"id":"3","value":"cats","tag":"theirs"},{"id":"4","value":"cats"},null,{"value":"dogs"}],"meta":{"result_count":3}}"""));
        Assert.Equal(["1"], surplus);
        Assert.Equal([("ethereum", "nbpy:eth")], missing);
        Assert.Equal(("btc", null, "eth"), (rules.TopicOf("2", ""), rules.TopicOf("3", "theirs"), rules.TopicOf(null, "nbpy:eth")));
        Assert.Equal(2, rules.Compare(Json("""{"meta":{"result_count":0}}""")).Missing.Count);
        Assert.Null(rules.TopicOf("2", null));
    }

    [Fact]
    public void A_tag_that_is_a_topic_of_ours_counts_unless_its_rule_is_somebody_elses()
    {
        rules.Compare(Json("""{"data":[{"id":"1","value":"bitcoin","tag":"nbpy:btc"},{"id":"3","value":"cats","tag":"eth"},{"id":"4","value":"ethereum","tag":"btc"}]}"""));
        Assert.Equal(("btc", "eth"), (rules.TopicOf("99", "btc"), rules.TopicOf("1", "eth")));
        Assert.Null(rules.TopicOf("3", "eth"));
        // One of theirs that is ours as well is known by its id.
        Assert.Equal("eth", rules.TopicOf("4", "btc"));
        Assert.Null(rules.TopicOf("99", "dogs"));
    }

    [Theory]
    [InlineData("""{"btc":"bitcoin lang:en","eth":"ethereum"}""", "btc=bitcoin lang:en,eth=ethereum")]
    [InlineData("""[{"value":"bitcoin lang:en","tag":"btc"},{"value":"ethereum"}]""", "btc=bitcoin lang:en,ethereum=ethereum")]
    [InlineData("""["bitcoin","#eth"]""", "bitcoin=bitcoin,#eth=#eth")]
    // Two rules of one topic.
    [InlineData("""[{"value":"bitcoin","tag":"btc"},{"value":"#btc","tag":"btc"}]""", "btc=bitcoin,btc=#btc")]
    public void Rules_are_configured_by_topic_or_as_X_takes_them(string text, string expected) =>
        Assert.Equal(expected, string.Join(',', Options(("rules", text)).Rules.Select(r => $"{r.Value}={r.Key}")));

    [Fact]
    public void A_topic_that_was_renamed_is_a_rule_to_delete_and_to_add()
    {
        var (surplus, missing) = rules.Compare(Json("""{"data":[{"id":"1","value":"bitcoin","tag":"nbpy:xbt"}]}"""));
        Assert.Equal(["1"], surplus);
        Assert.Equal(["bitcoin", "ethereum"], missing.Select(m => m.Value));
    }

    [Fact]
    public void The_answer_to_an_addition_tells_the_ids_of_new_rules_of_those_there_were_and_the_refused()
    {
        rules.Compare(Json("{}"));
        var refused = rules.Added(Json("""
            {"data":[{"id":"5","value":"bitcoin","tag":"nbpy:btc"}],"meta":{"summary":{"created":1}},
             "errors":[{"title":"DuplicateRule","value":"ethereum","id":6},{"title":"UnprocessableEntity","value":"((","details":["no"]},{"title":"DuplicateRule","value":"strange","id":"7"}]}
            """));
        Assert.Equal("((", TwitterRules.TextOf(Assert.Single(refused), "value"));
        Assert.Equal(("btc", "eth", null), (rules.TopicOf("5", null), rules.TopicOf("6", ""), rules.TopicOf("7", "")));
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("[1]")]
    [InlineData("""{"data":[],"data":[]}""")]
    public void What_is_no_answer_about_rules_is_null(string body) => Assert.Null(TwitterRules.Parse(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Waits_follow_X_own_rules_and_start_afresh_once_something_came()
    {
        var backOff = new TwitterBackOff(() => 0);
        Assert.Equal([0, 250, 500], new[] { backOff.Dropped(), backOff.Dropped(), backOff.Dropped() }.Select(w => w.TotalMilliseconds));
        Assert.Equal([750, 1000], new[] { backOff.Transport(), backOff.Transport() }.Select(w => w.TotalMilliseconds));
        for (var i = 0; i < 100; i++)
            Assert.InRange(backOff.Transport().TotalMilliseconds, 1250, 16_000);
        Assert.Equal(16_000, backOff.Transport().TotalMilliseconds);
        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 320], Enumerable.Range(0, 8).Select(_ => backOff.HttpError().TotalSeconds));
        Assert.Equal([60, 120, 240, 480, 960, 960], Enumerable.Range(0, 6).Select(_ => backOff.TooMany().TotalSeconds));
        backOff.Flowed();
        Assert.Equal([0, 250, 5000, 60_000], new[] { backOff.Dropped(), backOff.Transport(), backOff.HttpError(), backOff.TooMany() }.Select(w => w.TotalMilliseconds));
        Assert.Equal(300, new TwitterBackOff(() => 1).Transport().TotalMilliseconds);
    }

    [Theory]
    [InlineData("url", "http://api.x.com/2/tweets/search/stream", "http without TLS on this machine only")]
    [InlineData("url", "ftp://127.0.0.1/", "an address such as")]
    [InlineData("rules", "[1]", "an object such as")]
    [InlineData("rules", """[{"tag":"btc"}]""", "or a list such as")]
    [InlineData("rules", "7", "an object such as")]
    [InlineData("rules", """{"a":"same","b":"same"}""", "an object such as")]
    [InlineData("backfill_minutes", "6", "0 to 5")]
    public void An_option_that_means_nothing_is_an_error_of_the_configuration(string option, string value, string mend)
    {
        var error = Assert.Throws<ServiceStartException>(() => Options((option, value)));
        Assert.Contains($"options.{option}", error.Message, StringComparison.Ordinal);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://proxy.example", "https://proxy.example/2/tweets/search/stream")]
    [InlineData("https://proxy.example:8443/", "https://proxy.example:8443/2/tweets/search/stream")]
    [InlineData("https://proxy.example/2/", "https://proxy.example/2/tweets/search/stream")]
    [InlineData("http://127.0.0.1:9/my/stream/?x=1", "http://127.0.0.1:9/my/stream")]
    public void A_host_alone_gets_X_own_path(string url, string stream) => Assert.Equal(stream, Options(("url", url)).Stream);

    private static TwitterLiveOptions Options(params (string Name, string Value)[] options) => new(
        new PublisherConfig { Name = "x", Class = KnownClasses.TwitterSentiment, Port = 5565, Topic = "twitter_sentiment", Options = options.ToDictionary(o => o.Name, o => o.Value) },
        _ => "planted-token");

    private static JsonObject Json(string text) => TwitterRules.Parse(Encoding.UTF8.GetBytes(text))!;
}
