using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Grafana.Tests;

/// <summary>The viewer in a real browser over a real store. With NBPY_SCREENSHOTS set to a folder, pictures are left there.</summary>
public sealed class BrowserTests(Chromium chromium, FilledStore filled) : IClassFixture<Chromium>, IClassFixture<FilledStore>
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("NBPY_SCREENSHOTS");
    private readonly ViewerFixture viewer = filled.Viewer;
    private readonly List<string> errors = [];

    [Theory]
    [InlineData("dark", 1280, 800)]
    [InlineData("light", 1280, 800)]
    [InlineData("dark", 390, 844)]
    public async Task EveryDashboardDrawsDataInEveryPanel(string theme, int width, int height)
    {
        var page = await chromium.OpenAsync(errors, width, height, theme == "dark" ? ColorScheme.Dark : ColorScheme.Light);

        await page.GotoAsync(viewer.Url + "/");
        await Expect(page.Locator(".tile").First).ToBeVisibleAsync();
        Assert.Empty(await PageLayout.MistakesAsync(page, ".tile, .card"));
        await PictureAsync(page, $"viewer-overview-{theme}-{width}");
        foreach (var board in Dashboards.All(viewer.Config))
        {
            await page.GotoAsync($"{viewer.Url}/d/{board.Uid}?refresh=");
            await AllDrawnAsync(page, board);
            TestContext.Current.TestOutputHelper?.WriteLine($"{board.Uid}: longest drawing of a panel {await page.EvaluateAsync<double>("Math.max(...[...document.querySelectorAll('.panel')].map(p => Number(p.dataset.drawMs || 0)))"):0.0} ms");
            await PictureAsync(page, $"viewer-{board.Uid}-{theme}-{width}");
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
        await page.GotoAsync(own.Url + "/d/kraken_tick_stream?refresh=");
        var chart = page.Locator(".panel[data-type=timeseries]").First;
        await Expect(chart).ToHaveAttributeAsync("data-state", "drawn");

        await page.Locator("#var-pair").SelectOptionAsync("SOL/USD");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("var-pair=SOL%2FUSD"));
        await Expect(page.Locator(".panel[data-type=stat] b").Nth(1)).ToContainTextAsync("14");
        await page.Locator("#range").SelectOptionAsync("now-5m");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("from=now-5m"));

        var before = await page.EvaluateAsync<string>("document.documentElement.dataset.theme");
        await page.Locator("#theme").ClickAsync();
        Assert.NotEqual(before, await page.EvaluateAsync<string>("document.documentElement.dataset.theme"));

        var box = (await chart.Locator(".chart").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + 40);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.8f), box.Y + 40, new MouseMoveOptions { Steps = 4 });
        await page.Mouse.UpAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex(@"from=\d{13}&to=\d{13}"));
        await page.ReloadAsync();
        await Expect(page.Locator("#var-pair")).ToHaveValueAsync("SOL/USD");
        await Expect(chart).ToHaveAttributeAsync("data-state", "drawn");
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
        await PictureAsync(page, "viewer-kraken_tick_stream-8h");
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

    private static async Task AllDrawnAsync(IPage page, Dashboard board)
    {
        var panels = page.Locator(".panel");
        await Expect(panels).ToHaveCountAsync(board.Panels.Count);
        for (var i = 0; i < board.Panels.Count; i++)
        {
            await panels.Nth(i).ScrollIntoViewIfNeededAsync();
            // Texts and yes or no have no course.
            await Expect(panels.Nth(i)).ToHaveAttributeAsync("data-state", board.Panels[i] is { Type: "timeseries", Title: "sky" or "rain" } ? "empty" : "drawn");
        }
        await page.EvaluateAsync("scrollTo(0, 0)");
        var mistakes = await PageLayout.MistakesAsync(page, ".panel");
        Assert.True(mistakes.Length == 0, $"{board.Uid}:\n{string.Join('\n', mistakes)}");
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth + 1"), board.Uid + " is wider than the window");
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Pictures is not null)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, name + ".png"), FullPage = true });
    }
}
