namespace Nbpy.EmbeddedInflux.Tests.Http;

/// <summary>What is wrong with <c>params</c> is said in Go's words, as the real influxd says it.</summary>
public sealed class MalformedParametersTests
{
    private static readonly string[] Parameters =
    [
        "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\":1 \"b\"}", "{\"a\" 1}", "{a:1}", "{'a':1}", "[1,2", "nul",
        "nulx", "tru", "truth", "{\"a\":tru}", "{\"a\":01}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":1e}", "{\"a\":1ex}", "{\"a\":\"x",
        "{\"a\":\"\\q\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":+1}", "}", "]", ":", ",", "x", "{\"a\":[1,}", "{\"a\":[1 2]}", "{\"a\":{}", "{,}",
        "{\"a\":1}}", "{\"a\":1} x", "é", "{\"a\":é}", "{\"a\":\"é\"", "{1:2}", "\"abc", "1.x", "-x", "{\"a\":\"tab\tx\"}", "{\"a\":.5}",
        "{\"a\":nan}", " ", "{\"a\":0x1}",
    ];

    [Fact]
    public async Task Malformed_parameters_are_refused_as_the_real_influxd_refuses_them()
    {
        Assert.SkipWhen(ServerProcess.Influxd is null, "influxd is not on PATH");
        await using var real = await ServerProcess.StartAsync(influxd: true);
        await using var ours = await ServerProcess.StartAsync();
        foreach (var parameters in Parameters)
            Assert.Equal((parameters, await AskAsync(real, parameters)), (parameters, await AskAsync(ours, parameters)));
    }

    private static async Task<(int, string)> AskAsync(ServerProcess server, string parameters)
    {
        using var form = new FormUrlEncodedContent([new("q", "SHOW SUBSCRIPTIONS"), new("params", parameters)]);
        using var response = await server.Http.PostAsync("/query", form, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
