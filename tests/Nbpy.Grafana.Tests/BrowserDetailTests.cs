using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Grafana.Tests;

/// <summary>Details of the viewer's page in a real browser.</summary>
public sealed partial class BrowserDetailTests(Chromium chromium, FilledStore filled) : IClassFixture<Chromium>, IClassFixture<FilledStore>
{
    private readonly List<string> errors = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RestartsAndGapsAreMarkedInTheCharts()
    {
        var page = await chromium.OpenAsync(errors);
        var viewer = filled.Viewer;
        await page.GotoAsync(viewer.Url + "/d/kraken_tick_stream?refresh=");
        var chart = page.Locator(".panel[data-type=timeseries]").First;
        await Expect(chart).ToHaveAttributeAsync("data-state", "drawn");
        var marks = await chart.Locator(".chart").EvaluateAsync<string[]>("e => echarts.getInstanceByDom(e).getOption().series.flatMap(s => s.markLine?.data ?? []).map(m => m.name)");
        Assert.Contains(marks, m => m.StartsWith("Restarts: kraken-", StringComparison.Ordinal) || m.StartsWith("Restarts: oanda-", StringComparison.Ordinal));
        Assert.Contains(marks, m => m.StartsWith("Gaps: 12 kraken_tick", StringComparison.Ordinal));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task KioskShowsThePanelsAloneAndTheAddressSaysSo()
    {
        var page = await chromium.OpenAsync(errors);
        var viewer = filled.Viewer;
        await page.GotoAsync(viewer.Url + "/d/betfair_stream?refresh=");
        await page.Locator("#kiosk").ClickAsync();
        await Expect(page.Locator("#boards")).ToBeHiddenAsync();
        await Expect(page.Locator("#source")).ToHaveTextAsync("simulated", new LocatorAssertionsToHaveTextOptions { IgnoreCase = true });
        await Expect(page.Locator("#source")).ToBeVisibleAsync();
        await Expect(page).ToHaveURLAsync(new Regex("kiosk"));
        await page.ReloadAsync();
        await Expect(page.Locator(".panel").First).ToBeVisibleAsync();
        await Expect(page.Locator("#boards")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#boards")).ToBeVisibleAsync();
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ALinkKeepsTimeAndVariablesAndSoDoesTheListOfDashboards()
    {
        var page = await chromium.OpenAsync(errors);
        var viewer = filled.Viewer;
        await page.GotoAsync(viewer.Url + "/d/kraken_tick_stream?refresh=&from=now-5m&var-pair=SOL/USD");
        await Expect(page.Locator("#var-pair")).ToHaveValueAsync("SOL/USD");
        await page.Locator("#boards").SelectOptionAsync("/d/kraken_depth_stream");
        await Expect(page).ToHaveURLAsync(new Regex("kraken_depth_stream.*from=now-5m"));
        await Expect(page.Locator("#var-pair")).ToHaveValueAsync("SOL/USD");
        await page.Locator(".links a").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("nbpy_pipeline.*from=now-5m"));
        await Expect(page.Locator(".links a")).ToHaveCountAsync(0);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task WhatTheStoreHasNotGotIsNoDataWithTheReasonAndNoError()
    {
        var page = await chromium.OpenAsync(errors);
        await using var store = await FilledAsync("embedded");
        await store.QueryAsync("DROP RETENTION POLICY long_term ON tick", Cancel);
        await using var viewer = await ViewerFixture.StartAsync(store.Port);
        await page.GotoAsync(viewer.Url + "/d/kraken_tick_stream?refresh=");
        var panel = page.Locator(".panel", new PageLocatorOptions { HasText = "Candles" });
        await panel.ScrollIntoViewIfNeededAsync();
        await Expect(panel).ToHaveAttributeAsync("data-state", "empty");
        await Expect(panel).ToContainTextAsync("no data: the store has no retention policy long_term");
        await Expect(page.Locator(".panel[data-state=failed]")).ToHaveCountAsync(0);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("embedded")]
    [InlineData("influxd")]
    public async Task PanelsThatShareAQueryGetWhatEachWouldHaveGotAlone(string kind)
    {
        var page = await chromium.OpenAsync(errors);
        await using var store = await FilledAsync(kind);
        await using var viewer = await ViewerFixture.StartAsync(store.Port);
        await page.GotoAsync(viewer.Url + "/");
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var time = string.Create(CultureInfo.InvariantCulture, $"time >= {now - 900_000}ms AND time <= {now}ms");
        var statements = Dashboards.All(viewer.Config).SelectMany(b => b.Panels).SelectMany(p => p.Targets)
            .Select(t => SeveralValues().Replace(t.Query.Replace("$timeFilter", time, StringComparison.Ordinal).Replace("${__to}", $"{now}", StringComparison.Ordinal).Replace("$__interval_ms", "10000", StringComparison.Ordinal).Replace("$__interval", "10s", StringComparison.Ordinal).Replace("/^$order/", "/^/", StringComparison.Ordinal).Replace("$interval", "30s", StringComparison.Ordinal), "/.*/"))
            .Select(q => SingleValue().Replace(q, m => m.Groups[1].Value switch { "instrument" => "'EUR_USD'", "market_id" => "'1.234'", "station" => "'Delft'", "source" => "'simulated'", _ => "'XBT/USD'" })).ToArray();
        var different = await page.EvaluateAsync<string[]>(
            """
            async statements => {
              const { run } = await import('/assets/query.js'), { runShared } = await import('/assets/merge.js');
              const together = await runShared(statements), alone = [];
              for (const s of statements) alone.push((await run([s]))[0]);
              return statements.map((s, i) => JSON.stringify(together[i]) === JSON.stringify(alone[i]) ? '' : s + '\n together ' + JSON.stringify(together[i]).slice(0, 300) + '\n alone ' + JSON.stringify(alone[i]).slice(0, 300)).filter(s => s);
            }
            """,
            statements);
        Assert.True(different.Length == 0, string.Join("\n", different));
        var shared = await page.EvaluateAsync<int>("async statements => { const { parse } = await import('/assets/merge.js'); const tails = statements.map(parse).filter(p => p).map(p => p.tail); return tails.length - new Set(tails).size; }", statements);
        Assert.True(shared > 20, $"Only {shared} of {statements.Length} questions share another's.");
        Assert.True(errors.Count == 0, string.Join("\n", errors));
    }

    [Fact]
    public async Task APageThatWasOpenBeforeTheDataGoesOnByItselfAndShowsTheSourceThatHasPoints()
    {
        var page = await chromium.OpenAsync(errors);
        await using var store = await StoreProcess.StartOrSkipAsync("embedded", Cancel);
        await store.QueryAsync("CREATE DATABASE tick", Cancel);
        await store.QueryAsync("CREATE RETENTION POLICY \"default\" ON tick DURATION 30d REPLICATION 1 DEFAULT", Cancel);
        var old = DateTimeOffset.UtcNow.AddDays(-3).ToUnixTimeMilliseconds();
        await store.WriteAsync($"kraken_tick,pair=XBT/USD,exchange=kraken,source=live bid=1,ask=2,last_trade_price=1,volume=1,vwap=1 {old}000000", Cancel);
        await store.QueryAsync("DROP SERIES FROM \"kraken_tick\"", Cancel);
        await using var viewer = await ViewerFixture.StartAsync(store.Port);
        await page.GotoAsync(viewer.Url + "/d/kraken_tick_stream?refresh=1s");
        await Expect(page.Locator(".panel").First).ToContainTextAsync("no data yet");
        await store.WriteAsync($"kraken_tick,pair=XBT/USD,exchange=kraken,source=live bid=1,ask=2,last_trade_price=1,volume=1,vwap=1 {old}000000", Cancel);
        await SampleData.FillAsync(store, TimeSpan.FromMinutes(5), Cancel);
        await Expect(page.Locator("#source")).ToHaveTextAsync("simulated");
        await Expect(page.Locator(".panel[data-type=timeseries]").First).ToHaveAttributeAsync("data-state", "drawn");
        Assert.Empty(errors);
    }

    private static async Task<StoreProcess> FilledAsync(string kind)
    {
        var store = await StoreProcess.StartOrSkipAsync(kind, Cancel);
        await SampleData.FillAsync(store, TimeSpan.FromMinutes(15), Cancel);
        return store;
    }

    [GeneratedRegex(@"/\^\$\w+\$/")]
    private static partial Regex SeveralValues();

    [GeneratedRegex(@"'\$(\w+)'")]
    private static partial Regex SingleValue();
}
