using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Grafana.Tests;

/// <summary>The viewer in a real browser over a real store that was filled before.</summary>
public sealed class BrowserTests(Chromium chromium, FilledStore filled) : IClassFixture<Chromium>, IClassFixture<FilledStore>
{
    private readonly ViewerFixture viewer = filled.Viewer;
    private readonly List<string> errors = [];

    [Theory]
    [InlineData("dark", 1280, 800)]
    [InlineData("light", 1280, 800)]
    [InlineData("dark", 390, 844)]
    public async Task EveryDashboardDrawsDataInEveryPanel(string theme, int width, int height)
    {
        var page = await chromium.OpenAsync(errors, width, height, theme == "dark" ? ColorScheme.Dark : ColorScheme.Light);

        var look = new ViewerPage(page, viewer.Url);
        await look.OverviewAsync();
        await look.LooksRightAsync();
        await look.PictureAsync($"viewer-overview-{theme}-{width}");
        foreach (var board in Dashboards.All(viewer.Config))
        {
            await look.OpenAsync(board.Uid);
            // Texts and yes or no have no course.
            await look.DrawnAsync([.. board.Panels.Select(p => p is { Type: "timeseries", Title: "sky" or "rain" } ? "empty" : "drawn")]);
            await look.LooksRightAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"{board.Uid}: longest drawing of a panel {await page.EvaluateAsync<double>("Math.max(...[...document.querySelectorAll('.panel')].map(p => Number(p.dataset.drawMs || 0)))"):0.0} ms");
            await look.PictureAsync($"viewer-{board.Uid}-{theme}-{width}");
        }
        Assert.Empty(errors);
    }

    [Fact]
    public async Task PairRangeThemeAndZoomAreChangedAndTheAddressSaysSo()
    {
        var page = await chromium.OpenAsync(errors);
        // Data of its own, as new as the last minutes that it looks at.
        await using var store = await StoreProcess.StartOrSkipAsync("embedded", TestContext.Current.CancellationToken);
        await SampleData.FillAsync(store, TimeSpan.FromMinutes(15), TestContext.Current.CancellationToken);
        await using var own = await ViewerFixture.StartAsync(store.Port);
        var look = new ViewerPage(page, own.Url);
        await look.OpenAsync("kraken_tick_stream");
        await Expect(look.FirstChart).ToHaveAttributeAsync("data-state", "drawn");

        await page.Locator("#var-pair").SelectOptionAsync("SOL/USD");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("var-pair=SOL%2FUSD"));
        await Expect(look.Panel("Bid")).ToContainTextAsync("14");
        await page.Locator("#range").SelectOptionAsync("now-5m");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from=now-5m"));
        await look.SwitchThemeAsync();
        await look.ZoomAsync(look.FirstChart);
        await page.ReloadAsync();
        await Expect(page.Locator("#var-pair")).ToHaveValueAsync("SOL/USD");
        await Expect(look.FirstChart).ToHaveAttributeAsync("data-state", "drawn");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ALongRangeIsDrawnFromMinutesAndTicksAndSaysSo()
    {
        var page = await chromium.OpenAsync(errors);
        await page.GotoAsync(viewer.Url + "/d/kraken_tick_stream?refresh=&from=now-8h&var-pair=XBT/USD");
        var chart = page.Locator(".panel[data-type=timeseries]").First;
        await Expect(chart).ToHaveAttributeAsync("data-state", "drawn");
        await Expect(chart.Locator(".legend")).ToContainTextAsync("bid, minutes");
        var candles = page.Locator(".panel[data-type=candlestick]");
        await Expect(candles).ToHaveAttributeAsync("data-state", "drawn");

        // One row of candles, whose minutes begin hours before the ticks.
        var times = await candles.Locator(".chart").EvaluateAsync<double[]>("e => echarts.getInstanceByDom(e).getOption().series[0].data.map(d => (d.value ?? d)[0])");
        Assert.True(times[^1] - times[0] > TimeSpan.FromHours(7).TotalMilliseconds, $"{times.Length} candles");
        Assert.Equal(times.Order(), times);
        await new ViewerPage(page, viewer.Url).PictureAsync("viewer-kraken_tick_stream-8h");
        Assert.Empty(errors);
    }

    [Fact]
    public async Task ALookAtAPageFindsTextsOverOneAnotherCutTextsAndLabelsOutOfTheirChart()
    {
        var page = await chromium.OpenAsync(errors);
        await page.GotoAsync(viewer.Url + "/d/kraken_tick_stream?refresh=");
        await Expect(page.Locator(".panel[data-type=timeseries]").First).ToHaveAttributeAsync("data-state", "drawn");
        await page.EvaluateAsync("""
            () => {
              document.querySelector('.panel h2').textContent = 'a title that is much too long for so narrow a panel, and goes on';
              document.body.insertAdjacentHTML('beforeend', '<div style="position:absolute;left:300px;top:90px">one</div><div style="position:absolute;left:304px;top:92px">two</div>');
              const box = document.querySelector('.panel[data-type=timeseries] .chart'), chart = echarts.getInstanceByDom(box);
              const text = (x, y, text) => ({ type: 'text', x, y, style: { text, fontSize: 12 } });
              chart.setOption({ graphic: [text(100, 50, 'three'), text(104, 52, 'four'), text(box.clientWidth - 5, 80, 'five')] });
            }
            """);
        var mistakes = await PageLayout.MistakesAsync(page, ".panel");
        foreach (var expected in (string[])["\"a title that is much too long for so nar\" is cut", "\"one\" lies over \"two\"", "\"three\" lies over \"four\"", "\"five\" is out of its chart"])
            Assert.Contains(mistakes, m => m.Contains(expected, StringComparison.Ordinal));
    }
}
