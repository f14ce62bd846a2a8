using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Grafana.Tests;

/// <summary>What the viewer's page says of what it cannot show, in a real browser.</summary>
public sealed class BrowserOddityTests(Chromium chromium) : IClassFixture<Chromium>
{
    private readonly List<string> errors = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APanelWithoutAPlaceAndATimeThatIsNoneDoNotEndThePage()
    {
        var page = await chromium.OpenAsync(errors);
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        viewer.SignIn();
        var board = new JsonObject
        {
            ["uid"] = "odd", ["title"] = "odd",
            ["panels"] = new JsonArray(
                new JsonObject { ["type"] = "text", ["title"] = "first", ["options"] = new JsonObject { ["content"] = "one" } },
                new JsonObject { ["type"] = "text", ["title"] = "second", ["options"] = new JsonObject { ["content"] = "two" } }),
        };
        using var body = new StringContent(new JsonObject { ["dashboard"] = board }.ToJsonString(), null, "application/json");
        (await viewer.Client.PostAsync("/api/dashboards/db", body, Cancel)).EnsureSuccessStatusCode();
        await page.GotoAsync(viewer.Url + "/d/odd?from=yesteryear&refresh=");
        await Expect(page.Locator("#notice")).ToContainTextAsync("from=yesteryear");
        await Expect(page.Locator(".panel").Nth(1)).ToContainTextAsync("two");
        var first = (await page.Locator(".panel").First.BoundingBoxAsync())!;
        Assert.True((await page.Locator(".panel").Nth(1).BoundingBoxAsync())!.Y >= first.Y + first.Height);

        // Grafana's times, in the browser's own zone.
        var times = await page.EvaluateAsync<double[]>(
            """
            async () => {
              const { moment } = await import('/assets/query.js'), now = new Date(2026, 2, 5, 14, 30).getTime();
              return [moment('now/d', now), moment('now/d', now, true) + 1, moment('now-1M', now), moment('now-1d/d', now), moment('now-90m', now)].map((t, i) =>
                t - [new Date(2026, 2, 5), new Date(2026, 2, 6), new Date(2026, 1, 5, 14, 30), new Date(2026, 2, 4), new Date(2026, 2, 5, 13, 0)][i]);
            }
            """);
        Assert.All(times, t => Assert.Equal(0, t));
        Assert.Empty(errors);
    }

    [Fact]
    public async Task FiguresThatStandTogetherHaveAllDecimalsOfAVenueAndAsManyOfAMeanAsPeopleRead()
    {
        var page = await chromium.OpenAsync(errors);
        await using var influx = await FakeInflux.StartAsync();
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        await page.GotoAsync(viewer.Url + "/");
        var shown = await page.EvaluateAsync<string[]>(
            """
            async () => {
              const { steady } = await import('/assets/format.js'), { show } = await import('/assets/units.js');
              return [[58953, 58952.9], [0.0834567, 0.08], [0.00000812], [64193.712345678, 1], [0.45123456789], [15, 7], [0]].map(v => show(v[0], '', steady(v)));
            }
            """);
        Assert.Equal(["58,953.0", "0.0834567", "0.00000812", "64,193.71", "0.45123", "15", "0"], shown);
        Assert.Empty(errors);
    }

    [Fact]
    public async Task TheOverviewSaysWhichTopicsItCouldNotAskFor()
    {
        var page = await chromium.OpenAsync(errors);
        await using var influx = await FakeInflux.StartAsync();
        influx.Error = "shard 7 is gone";
        await using var viewer = await ViewerFixture.StartAsync(influx.Port);
        await page.GotoAsync(viewer.Url + "/");
        await Expect(page.Locator(".problem")).ToHaveCountAsync(8);
        await Expect(page.Locator(".problem").First).ToContainTextAsync("shard 7 is gone");
        await Expect(page.Locator(".empty-note")).ToHaveCountAsync(0);
        Assert.Empty(errors);
    }
}
