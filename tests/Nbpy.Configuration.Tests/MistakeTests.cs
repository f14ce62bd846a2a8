using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Configuration.Tests;

/// <summary>Every kind of mistake in a file: it is found, named by path and line, and its mend is said. The line is that of the mark.</summary>
public sealed class MistakeTests
{
    private const string Mark = "/*@*/";

    [Theory]
    [InlineData("\"class\": \"KrakenTickPublisher\"", "/*@*/\"class\": \"KrakenTikPublisher\"", "$.publishers[0].class", "did you mean 'KrakenTickPublisher'")]
    [InlineData("\"class\": \"KrakenTickToInfluxDBSubscriber\"", "/*@*/\"class\": \"Nobody\"", "$.subscribers[0].class", "ToInfluxDBSubscriber")]
    [InlineData("\"port\": 5560,", "/*@*/\"port\": 5558,", "$.publishers[1].port", "Port 5558 is $.publishers[0].port already")]
    [InlineData("\"port\": 5560,", "/*@*/\"port\": 70000,", "$.publishers[1].port", "from 1 to 65535")]
    [InlineData("\"port\": 5560,", "/*@*/\"port\": \"5560\",", "$.publishers[1].port", "not a whole number")]
    [InlineData("\"port\": 5560,", "/*@*/\"port\": 5560.5,", "$.publishers[1].port", "not a whole number")]
    [InlineData("\"subscribe_to\": \"kraken_depth\"", "/*@*/\"subscribe_to\": \"kraken_dept\"", "$.subscribers[1].subscribe_to", "did you mean 'kraken_depth'")]
    [InlineData("\"publisher_port\": 5560", "/*@*/\"publisher_port\": 5561", "$.subscribers[1].publisher_port", "on 5560, not on 5561; use that port")]
    [InlineData("\"influxdb_measurement\": \"oanda_tick\"", "/*@*/\"influxdb_measurement\": \"oanda_tik\"", "$.subscribers[3].influxdb_measurement", "did you mean 'oanda_tick'")]
    [InlineData("\"duration\": \"7d\"", "/*@*/\"duration\": \"7 days\"", "$.influxdb.retention_policies.high_frequency.duration", "30d, 6h, 1w or INF")]
    [InlineData("\"duration\": \"7d\"", "/*@*/\"duration\": \"5m\"", "$.influxdb.retention_policies.high_frequency.duration", "1h or more")]
    [InlineData("\"default\": true", "/*@*/\"default\": \"yes\"", "$.influxdb.retention_policies.default.default", "neither true nor false")]
    [InlineData("\"topic\": \"kraken_tick\",", "/*@*/\"topik\": \"kraken_tick\",", "$.publishers[0].topik", "did you mean 'topic'")]
    [InlineData("\"topic\": \"kraken_tick\",", "/*@*/\"topic\": 5,", "$.publishers[0].topic", "put it in quotes")]
    [InlineData("\"name\": \"oanda_tick\"", "/*@*/\"name\": \"9tick\"", "$.publishers[3].name", "a letter first")]
    [InlineData("\"name\": \"oanda_tick\"", "/*@*/\"name\": \"kraken_tick\"", "$.publishers[3].name", "already; choose another")]
    [InlineData("\"name\": \"oanda_tick\"", "/*@*/\"name\": \"validation\"", "$.publishers[3].name", "a part of the system already")]
    [InlineData("\"batch_size\": 5000", "/*@*/\"batch_size\": 0", "$.influxdb.batch_size", "from 1 to 1000000")]
    [InlineData("\"batch_size\": 5000", "\"batch_size\": 5000, /*@*/\"gzip\": 1", "$.influxdb.gzip", "neither true nor false")]
    [InlineData("\"high_water_mark\": 10000", "/*@*/\"high_water_mark\": -1", "$.system.high_water_mark", "from 1 to")]
    [InlineData("\"mode\": \"auto\",\n    \"host\"", "/*@*/\"mode\": \"cloud\",\n    \"host\"", "$.influxdb.mode", "auto, embedded, container, external")]
    [InlineData("\"log_dir\": \"./logs\",", "\"log_dir\": \"./logs\", /*@*/\"bind_host\": \"0.0.0.0\",", "$.system.bind_host", "trusted_network")]
    [InlineData("\"log_dir\": \"./logs\",", "\"log_dir\": \"./logs\", /*@*/\"bind_host\": \"everywhere\",", "$.system.bind_host", "no IP address")]
    [InlineData("\"log_dir\": \"./logs\",", "\"log_dir\": \"./logs\",\n/*@*/\"log_dir\": \"./other\",", "$.system.log_dir", "written twice")]
    [InlineData("\"fields\": [\"bid\", \"ask\", \"spread\", \"volume\"]", "/*@*/\"fields\": []", "$.influxdb.measurements.oanda_tick.fields", "a point needs at least one")]
    [InlineData("\"fields\": [\"bid\", \"ask\", \"spread\", \"volume\"]", "/*@*/\"fields\": [\"instrument\"]", "$.influxdb.measurements.oanda_tick.fields", "a field and a tag")]
    [InlineData("\"fields\": [\"bid\", \"ask\", \"spread\", \"volume\"]", "/*@*/\"fields\": \"bid\"", "$.influxdb.measurements.oanda_tick.fields", "array of strings")]
    [InlineData("\"fields\": [\"bid\", \"ask\", \"spread\", \"volume\"]", "\"fields\": [\"bid\"], /*@*/\"retention_policy\": \"long_trm\"", "$.influxdb.measurements.oanda_tick.retention_policy", "did you mean 'long_term'")]
    [InlineData("\"subscribe_to\": \"kraken_tick\",\n        \"key\"", "\"subscribe_to\": \"nothing\",\n        \"key\"", "$.publishers[7].options", "no enabled publisher")]
    [InlineData("\"min_change_bps\": 0.5", "/*@*/\"min_change_bps\": \"lots\"", "$.publishers[7].options.min_change_bps", "a number of at least 0")]
    [InlineData("\"min_change_bps\": 0.5", "/*@*/\"min_chang_bps\": 0.5", "$.publishers[7].options.min_chang_bps", "did you mean 'min_change_bps'")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"options\": { /*@*/\"seed\": \"x\" }", "$.publishers[0].options.seed", "a whole number")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"options\": { /*@*/\"speed\": \"fast\" }", "$.publishers[0].options.speed", "or max")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"options\": { /*@*/\"url\": \"ws.kraken.com\" }", "$.publishers[0].options.url", "with its scheme")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"options\": { /*@*/\"timing_scale\": 0 }", "$.publishers[0].options.timing_scale", "above 0")]
    [InlineData("\"port\": 5558,", "\"port\": 65535, \"shards\": [{\"instruments\": [\"BTC/USD\"]}, {\"instruments\": [\"ETH/USD\"]}],", "$.publishers[0].shards[1].port", "above 65535")]
    [InlineData("\"zmq_localhost\": \"tcp://localhost\"", "/*@*/\"zmq_localhost\": \"localhost\"", "$.urls.zmq_localhost", "tcp://localhost")]
    [InlineData("\"mode\": \"auto\",\n    \"host\": \"localhost\"", "\"mode\": \"auto\",\n    /*@*/\"host\": \"http://localhost:8086\"", "$.influxdb.host", "without scheme")]
    [InlineData("\"message_timeout\": 10", "/*@*/\"message_timeout\": 0", "$.validation.message_timeout", "at least 0.1")]
    [InlineData("\"zmq_topics\": [\"kraken_tick\",", "\"zmq_topics\": [/*@*/\"kraken_tock\",", "$.validation.zmq_topics[0]", "did you mean 'kraken_tick'")]
    [InlineData("\"timeout_seconds\": 30", "/*@*/\"timeout_seconds\": 0", "$.graceful_shutdown.timeout_seconds", "from 1 to 3600")]
    [InlineData("\"timeout_seconds\": 30", "\"timeout_seconds\": 30, \"stop_sequence\": [/*@*/\"moon\"]", "$.graceful_shutdown.stop_sequence[0]", "no part")]
    [InlineData("\"grafana\": {\n    \"mode\": \"auto\"\n  }", "/*@*/\"grafana\": []", "$.grafana", "must be an object")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"project\": \"nowhere/My.csproj\"", "$.publishers[0].project", "no project file")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"rate\": 0", "$.publishers[0].rate", "at least 0.001")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"source\": \"recorded\"", "$.publishers[0].source", "simulated, replay, live")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"supervision\": { /*@*/\"max_backof\": 3 }", "$.publishers[0].supervision.max_backof", "did you mean 'max_backoff'")]
    [InlineData("\"port\": 3000", "/*@*/\"port\": 8086", "$.docker.services.grafana.port", "$.influxdb.port already")]
    [InlineData("\"topic\": \"kraken_depth\"", "/*@*/\"topic\": \"kraken_tick\"", "$.publishers[1].topic", "one publisher with shards")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"shards\": [{\"instruments\": [\"BTC/USD\"]}]", "$.publishers[0].shards", "write 2 to 64")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"shards\": [{\"instruments\": [\"BTC/USD\"]}, {\"instruments\": [\"ETH/USD\"], \"port\": 5560}]", "$.publishers[1].port", "Port 5560 is $.publishers[0].shards[1].port already")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"shards\": [{\"instruments\": [\"BTC/USD\"]}, {\"instruments\": [\"btc/usd\"]}]", "$.publishers[0].shards[1].instruments", "stored twice")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"shards\": [{\"instruments\": [\"BTC/USD\"]}, {}]", "$.publishers[0].shards[1].instruments", "needs instruments")]
    [InlineData("\"description\": \"Kraken ticker\"", "/*@*/\"instruments\": [\"BTC/USD\"], \"shards\": [{\"instruments\": [\"BTC/USD\"]}, {\"instruments\": [\"ETH/USD\"]}]", "$.publishers[0].instruments", "the publisher none")]
    [InlineData("\"description\": \"Kraken ticker\"", "\"shards\": [{\"instruments\": [\"BTC/USD\"]}, {\"instruments\": [\"ETH/USD\"]}]", "$.publishers[7].shards", "give it as many")]
    [InlineData("\"description\": \"Kraken orders\"", "/*@*/\"shards\": [{\"instruments\": [\"BTC/USD\"]}, {\"instruments\": [\"ETH/USD\"]}]", "$.publishers[2].shards", "one stream an account")]
    public void A_mistake_is_named_with_its_place_and_its_mend(string right, string wrong, string path, string mend)
    {
        var (errors, text) = Load(right, wrong);
        var error = Assert.Single(errors, e => e.JsonPath == path);
        Assert.Contains(mend, error.Message, StringComparison.Ordinal);
        if (wrong.Contains(Mark, StringComparison.Ordinal))
            Assert.Equal(text[..text.IndexOf(Mark, StringComparison.Ordinal)].Count(c => c == '\n') + 1, error.Line);
        else
            Assert.True(error.Line > 0);
    }

    [Theory]
    [InlineData("\"name\": \"kraken_tick\",", "$.publishers[0].name")]
    [InlineData("\"class\": \"KrakenTickPublisher\",", "$.publishers[0].class")]
    [InlineData("\"port\": 5558,", "$.publishers[0].port")]
    [InlineData("\"publisher_port\": 5558,", "$.subscribers[0].publisher_port")]
    [InlineData("\"influxdb_measurement\": \"kraken_tick\",", "$.subscribers[0].influxdb_measurement")]
    [InlineData("\"duration\": \"7d\",", "$.influxdb.retention_policies.high_frequency.duration")]
    public void A_missing_key_is_named_at_the_object_that_lacks_it(string key, string path)
    {
        var (errors, _) = Load(key, "");
        var error = Assert.Single(errors, e => e.JsonPath == path);
        Assert.Contains("is missing", error.Message, StringComparison.Ordinal);
        Assert.True(error.Line > 0);
    }

    [Fact]
    public void Two_default_policies_or_none_are_a_mistake()
    {
        Assert.Contains("No policy", Assert.Single(Load("\"default\": true", "\"default\": false").Errors).Message, StringComparison.Ordinal);
        var both = Load("\"shard_duration\": \"6h\",\n        \"default\": false", "\"shard_duration\": \"6h\",\n        \"default\": true").Errors;
        Assert.Contains("'default' and 'high_frequency'", Assert.Single(both).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{ \"system\": { ", "not JSON")]
    [InlineData("[]", "one JSON object")]
    [InlineData("{ \"system\": { \"name\": \"\\ud800\" } }", "UTF-8")]
    public void What_is_no_configuration_at_all_is_one_error(string text, string expected)
    {
        var error = Assert.Single(Assert.Throws<ConfigurationException>(() => Load(text)).Errors);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_an_editor_began_with_a_byte_order_mark_is_read() =>
        Assert.Equal("KrakenTickPublisher", Load("\uFEFF" + File.ReadAllText(TestFiles.Default)).Publishers[0].Class);

    [Fact]
    public void Credentials_that_live_data_lacks_are_named_as_the_options_name_them()
    {
        static IReadOnlyList<string> Missing(string of, Dictionary<string, string> options, params string[] set) =>
            KnownClasses.MissingCredentials(new PublisherConfig { Name = "x", Class = of, Topic = "x", Port = 1, Options = options }, name => set.Contains(name) ? "v" : null);
        Assert.Equal(["KRAKEN_API_KEY", "KRAKEN_API_SECRET"], Missing(KnownClasses.KrakenOrders, []));
        Assert.Empty(Missing(KnownClasses.KrakenOrders, new() { ["channel"] = "trade" }));
        Assert.Empty(Missing(KnownClasses.KrakenTick, []));
        Assert.Equal(["MINE", "OANDA_ACCOUNT_ID"], Missing(KnownClasses.OandaTick, new() { ["token_env"] = "MINE" }, "OANDA_TOKEN"));
        Assert.Empty(Missing(KnownClasses.OandaTick, [], "OANDA_TOKEN_FILE", "OANDA_ACCOUNT_ID"));
        Assert.Equal(["BETFAIR_APP_KEY", "BETFAIR_SESSION_TOKEN (or BETFAIR_PASSWORD)"], Missing(KnownClasses.BetfairStream, [], "BETFAIR_USERNAME"));
        Assert.Empty(Missing(KnownClasses.BetfairStream, [], "BETFAIR_APP_KEY", "BETFAIR_USERNAME", "BETFAIR_PASSWORD"));
        Assert.Equal(["TWITTER_BEARER_TOKEN"], Missing(KnownClasses.TwitterSentiment, []));
    }

    [Fact]
    public void All_mistakes_are_reported_together()
    {
        var text = File.ReadAllText(TestFiles.Default).Replace("\"KrakenTickPublisher\"", "\"X\"", StringComparison.Ordinal).Replace("\"port\": 5560,", "\"port\": 5558,", StringComparison.Ordinal)
            .Replace("\"7d\"", "\"soon\"", StringComparison.Ordinal).Replace("\"subscribe_to\": \"oanda_tick\"", "\"subscribe_to\": \"x\"", StringComparison.Ordinal).Replace("\"urls\"", "\"url\"", StringComparison.Ordinal);
        var errors = Assert.Throws<ConfigurationException>(() => Load(text)).Errors;
        foreach (var path in (string[])["$.publishers[0].class", "$.publishers[1].port", "$.influxdb.retention_policies.high_frequency.duration", "$.subscribers[3].subscribe_to", "$.url"])
            Assert.Single(errors, e => e.JsonPath == path);
    }

    private static (IReadOnlyList<ConfigurationError> Errors, string Text) Load(string right, string wrong)
    {
        var text = File.ReadAllText(TestFiles.Default).ReplaceLineEndings("\n");
        var at = text.IndexOf(right, StringComparison.Ordinal);
        Assert.True(at >= 0, $"the default file has no {right}");
        text = text[..at] + wrong + text[(at + right.Length)..];
        return (Assert.Throws<ConfigurationException>(() => Load(text)).Errors, text);
    }

    private static IntegrationConfig Load(string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return ConfigurationLoader.Load(file, new Dictionary<string, string?>());
        }
        finally
        {
            File.Delete(file);
        }
    }
}
