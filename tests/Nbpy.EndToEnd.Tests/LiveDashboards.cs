using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.EndToEnd.Tests;

/// <summary>The viewer's pages over a running system, once a second, held against what its store answers.</summary>
internal sealed class LiveDashboards(TestSystem system, IPage page)
{
    /// <summary>What a young and healthy system has nothing of: lost messages.</summary>
    private const string Gaps = "Gaps";

    /// <summary>A fill or a cancelled order may take its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>For pictures: charts that have something to say.</summary>
    private static readonly TimeSpan History = TimeSpan.FromMinutes(15);

    private readonly string site = $"http://127.0.0.1:{system.GrafanaPort}";
    private readonly ViewerPage view = new(page, $"http://127.0.0.1:{system.GrafanaPort}");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens the overview and each dashboard, in each of the themes.</summary>
    /// <param name="themes">The first one by the address, the others by the button.</param>
    public async Task SeeEveryPageAsync(params string[] themes)
    {
        if (ViewerPage.Pictures is not null)
            await GetOldAsync();
        await view.OverviewAsync("theme=" + themes[0]);
        foreach (var topic in (string[])["Kraken: quotes", "OANDA: currencies", "Orders", "Kraken: order books", "Betfair: odds to back, by selection", "X: mood"])
            await Expect(page.GetByRole(AriaRole.Heading, new() { Name = topic })).ToBeVisibleAsync(new() { Timeout = (float)Patience.TotalMilliseconds });
        await LookAsync("overview", themes);

        var boards = JsonNode.Parse(await AskAsync("/api/viewer/dashboards"))!.AsArray().Select(b => b!["uid"]!.ToString()).ToList();
        Assert.Equal(8, boards.Count);
        foreach (var uid in boards)
        {
            var panels = JsonNode.Parse(await AskAsync("/api/viewer/dashboards/" + uid))!["panels"]!.AsArray();
            await view.OpenAsync(uid, $"from=now-15m&to=now&refresh=1s&theme={themes[0]}");
            await view.DrawnAsync([.. panels.Select(p => p!["title"]!.ToString() == Gaps ? "drawn|empty" : "drawn")], Patience);
            await LookAsync(uid, themes);
        }
    }

    /// <summary>The overview's first market moves on, and what it says is in the store.</summary>
    public async Task SeeTheOverviewMoveAsync()
    {
        await view.OverviewAsync();
        var tile = page.Locator(".tile").First;
        await SeeMovesAsync(tile.Locator(".big"), await tile.EvaluateAsync<string>("e => new URL(e.href).searchParams.get('var-pair')"));
    }

    /// <summary>A quotes page: another pair, other ranges, the other theme, zoomed in and back out; its figures move on as the store's do.</summary>
    public async Task UseAQuotesPageAsync()
    {
        await view.OpenAsync("kraken_tick_stream", "from=now-5m&to=now&refresh=1s");
        var bid = view.Panel("Bid").Locator(".stat b");
        var pair = page.Locator("#var-pair");
        await Expect(bid).ToBeVisibleAsync();
        await SeeMovesAsync(bid, await pair.InputValueAsync());

        var other = await pair.Locator("option").Last.InnerTextAsync();
        Assert.NotEqual(other, await pair.InputValueAsync());
        await pair.SelectOptionAsync(other);
        await Expect(page).ToHaveURLAsync(new Regex("var-pair=" + Uri.EscapeDataString(other)));
        await RedrawnAsync();
        await SeeMovesAsync(bid, other);

        await page.Locator("#range").SelectOptionAsync("now-1m");
        await Expect(page).ToHaveURLAsync(new Regex("from=now-1m&to=now"));
        await DrawnAsync("(from, to) => to - from === 60000");
        await view.SwitchThemeAsync();

        var zoomed = await view.ZoomAsync(view.FirstChart);
        Assert.InRange(zoomed.To - zoomed.From, 1000, 60_000);
        await DrawnAsync($"(from, to) => from === {zoomed.From} && to === {zoomed.To}");
        await Expect(view.FirstChart).ToHaveAttributeAsync("data-state", "drawn");
        await page.Locator("#back").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("from=now-1m&to=now"));
        await SeeMovesAsync(bid, other);
    }

    private async Task LookAsync(string name, string[] themes)
    {
        foreach (var theme in themes)
        {
            if (theme != themes[0])
                await view.SwitchThemeAsync();
            await view.LooksRightAsync();
            await view.PictureAsync($"viewer-{name}-{theme}-{page.ViewportSize!.Width}");
        }
    }

    /// <summary>A bid on the page: it is one that the store has of this pair, and so is the next one, which is newer.</summary>
    private async Task SeeMovesAsync(ILocator figure, string pair)
    {
        var first = await figure.InnerTextAsync();
        var times = await TimesOfAsync(first, pair);
        await Expect(figure).Not.ToHaveTextAsync(first, new() { Timeout = (float)Patience.TotalMilliseconds });
        Assert.True((await TimesOfAsync(await figure.InnerTextAsync(), pair)).Max() > times.Min());
    }

    /// <summary>When the store had a bid, as the page rounds it.</summary>
    private async Task<IReadOnlyList<long>> TimesOfAsync(string shown, string pair)
    {
        var rows = await RowsAsync($"SELECT bid FROM kraken_tick WHERE pair = '{pair}' AND time > now() - 1h");
        var half = Math.Pow(10, -(shown.Split('.') is [_, var decimals] ? decimals.Length : 0)) / 2;
        var bid = double.Parse(shown, NumberStyles.Number, CultureInfo.InvariantCulture);
        var times = rows.Where(v => Math.Abs(v![1]!.GetValue<double>() - bid) <= half * 1.001).Select(v => v![0]!.GetValue<long>()).ToList();
        Assert.True(times.Count > 0, $"{pair}: the page shows a bid of {shown}, the store had {rows.ToJsonString()}");
        return times;
    }

    /// <summary>Pictures show a system that has run a while.</summary>
    private async Task GetOldAsync()
    {
        var first = (await RowsAsync("SELECT first(bid) FROM kraken_tick"))[0]![0]!.GetValue<long>();
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeMilliseconds(first);
        if (age < History)
            await Task.Delay(History - age, Cancel);
    }

    private async Task<JsonArray> RowsAsync(string query)
    {
        using var http = new HttpClient();
        var answer = await http.GetStringAsync(new Uri($"http://127.0.0.1:{system.StorePort}/query?db=tick&epoch=ms&q={Uri.EscapeDataString(query)}"), Cancel);
        return JsonNode.Parse(answer)!["results"]![0]!["series"]![0]!["values"]!.AsArray();
    }

    /// <summary>Waits for a drawing that began after this; the one before it may be of what was asked earlier.</summary>
    private async Task RedrawnAsync()
    {
        var before = await page.EvaluateAsync<int>("Number(document.getElementById('page').dataset.redraws)");
        await page.WaitForFunctionAsync("n => Number(document.getElementById('page').dataset.redraws) >= n", before + 2, new() { Timeout = (float)Patience.TotalMilliseconds });
    }

    /// <summary>Waits until the first chart's time is as wanted.</summary>
    private Task DrawnAsync(string wanted) => page.WaitForFunctionAsync(
        $$"""() => { const [x] = echarts.getInstanceByDom(document.querySelector('.panel[data-type=timeseries] .chart')).getOption().xAxis; return ({{wanted}})(x.min, x.max); }""",
        null,
        new() { Timeout = (float)Patience.TotalMilliseconds });

    private async Task<string> AskAsync(string path)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(site + path, Cancel);
    }
}
