using System.Globalization;
using Nbpy.EmbeddedInflux.InfluxQl;

namespace Nbpy.EmbeddedInflux.Tests.InfluxQl;

/// <summary>What InfluxDB 1.8 answers to the functions that 1.6, which the differential tests ask, does not have.</summary>
public sealed class TechnicalAnalysisTests : IDisposable
{
    private readonly MemoryStore _store = new();
    private readonly QueryEngine _engine;

    public TechnicalAnalysisTests()
    {
        _store.CreateDatabase(Sample.Database);
        foreach (var line in Sample.Lines)
            _store.Write(Sample.Database, "autogen", line);
        _engine = new QueryEngine(_store, TimeProvider.System);
    }

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("exponential_moving_average(x, 2)", "3:11.333333333333334 9:1.1111111111111125 15:5.037037037037037 21:6.345679012345679")]
    [InlineData("exponential_moving_average(x, 2, 0)", "1:10 3:11.333333333333334 9:1.1111111111111125 15:5.037037037037037 21:6.345679012345679")]
    [InlineData("exponential_moving_average(x, 3, -1, 'simple')", "9:6 15:6.5 21:6.75")]
    [InlineData("double_exponential_moving_average(x, 2)", "3:11.777777777777779 9:-2.148148148148147 15:5.259259259259259 21:6.8559670781893")]
    [InlineData("double_exponential_moving_average(x, 3, -1, 'simple')", "21:7.083333333333333")]
    [InlineData("triple_exponential_moving_average(x, 2)", "3:11.925925925925922 9:-3.333333333333332 15:6.024691358024691 21:7.2071330589849145")]
    [InlineData("triple_exponential_derivative(x, 2)", "9:-39.160839160839146 15:-16.858237547892717 21:5.939580133128497")]
    [InlineData("relative_strength_index(x, 2)", "9:22.58064516129032 15:62.5 21:62.5")]
    [InlineData("kaufmans_efficiency_ratio(x, 2)", "9:0.7777777777777778 15:0.18518518518518517 21:1")]
    [InlineData("kaufmans_adaptive_moving_average(x, 2)", "9:7.457041347818702 15:7.442879934282744 21:7.246044407934858")]
    [InlineData("chande_momentum_oscillator(x, 3)", "9:-77.77777777777779 15:-10.344827586206897 21:-18.51851851851852")]
    [InlineData("chande_momentum_oscillator(x, 3, 1, 'exponential')", "3:100 9:-54.83870967741935 15:9.433962264150951 21:9.433962264150948")]
    public async Task Values_are_those_of_influxdb_to_the_last_digit(string call, string expected) =>
        Assert.Equal(expected, await RunAsync($"SELECT {call} FROM p WHERE k = '1'"));

    [Fact]
    public async Task Without_a_hold_period_the_interval_before_the_range_is_answered_too() => Assert.Equal(
        "5:-4 10:58.666666666666664 15:24.22222222222222 20:12.74074074074074",
        await RunAsync("SELECT exponential_moving_average(mean(x), 2, 0) FROM p WHERE time >= 10s AND time < 25s GROUP BY time(5s)"));

    [Theory]
    [InlineData("exponential_moving_average(x)", "invalid number of arguments for exponential_moving_average, expected at least 2 but no more than 4, got 1")]
    [InlineData("kaufmans_efficiency_ratio(x, 2, 1, 'simple')", "invalid number of arguments for kaufmans_efficiency_ratio, expected at least 2 but no more than 3, got 4")]
    [InlineData("relative_strength_index(x, 2.5)", "relative_strength_index period must be an integer")]
    [InlineData("relative_strength_index(x, 0)", "relative_strength_index period must be greater than or equal to 1")]
    [InlineData("relative_strength_index(x, 2, -2)", "relative_strength_index hold period must be greater than or equal to 0")]
    [InlineData("triple_exponential_derivative(x, 2, 0)", "triple_exponential_derivative hold period must be greater than or equal to 1")]
    [InlineData("chande_momentum_oscillator(x, 2, 1, 'no')", "chande_momentum_oscillator warmup type must be one of: 'none' 'exponential' 'simple'")]
    [InlineData("exponential_moving_average(x, 2, 1, 'none')", "exponential_moving_average warmup type must be one of: 'exponential' 'simple'")]
    [InlineData("exponential_moving_average(mean(x), 2)", "exponential_moving_average aggregate requires a GROUP BY interval")]
    [InlineData("chande_momentum_oscillator(x, 1)", "chande_momentum_oscillator period must be greater than 1 without a warmup type")]
    public async Task What_is_wrong_is_told(string call, string error) => Assert.Equal(error, await RunAsync($"SELECT {call} FROM p WHERE k = '1'"));

    private async Task<string> RunAsync(string query)
    {
        var results = await _engine.ExecuteAsync(query, Sample.Database, null, new Dictionary<string, object?>(), false, TestContext.Current.CancellationToken);
        return results[0].Error ?? string.Join(' ', results[0].Series.Single().Values.Select(v =>
            string.Create(CultureInfo.InvariantCulture, $"{(long)v[0]! / 1_000_000_000}:{v[1]:R}")));
    }
}
