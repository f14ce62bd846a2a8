using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Dashboard.Tests.Browser;

/// <summary>Every page in a real browser. With NBPY_SCREENSHOTS set to a folder, pictures are left there.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("NBPY_SCREENSHOTS");
    private readonly List<string> errors = [];

    [Theory]
    [InlineData("light-desktop", 1280, 800, ColorScheme.Light)]
    [InlineData("dark-desktop", 1280, 800, ColorScheme.Dark)]
    [InlineData("dark-phone", 390, 844, ColorScheme.Dark)]
    [InlineData("light-phone", 390, 844, ColorScheme.Light)]
    public async Task EveryPageShowsItselfWithoutAnError(string name, int width, int height, ColorScheme scheme)
    {
        var model = FakeModel.Pipeline();
        Print(model);
        await using var server = await Servers.StartAsync(model);
        SampleTelemetry.Fill(server, DateTimeOffset.UtcNow);
        var page = await chromium.OpenAsync(errors, width, height, scheme);
        await page.GotoAsync(server.Addresses.Url);
        await PictureAsync(page, name, "signin");
        await page.GetByLabel("Token").FillAsync(Servers.FreePorts.Token!);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.Locator("tr[data-resource=kraken-tick]")).ToBeVisibleAsync();
        await PictureAsync(page, name, "resources");

        await page.GotoAsync(server.Addresses.Url + "/?details=kraken-orders");
        await Expect(page.GetByLabel("kraken-orders", new() { Exact = true }).GetByText("silent for 48 s").First).ToBeVisibleAsync();
        await PictureAsync(page, name, "details");

        await page.GotoAsync(server.Addresses.Url + "/?view=graph");
        await Expect(page.Locator("g.node")).ToHaveCountAsync(model.Resources.Count);
        await PictureAsync(page, name, "graph");

        await page.GotoAsync(server.Addresses.Url + "/consolelogs/resource/kraken-tick");
        await Expect(page.Locator(".line").GetByText("Subscribed to").First).ToBeVisibleAsync();
        await PictureAsync(page, name, "console");

        await page.GotoAsync(server.Addresses.Url + "/structuredlogs");
        await page.GetByText("The store does not take writes").First.ClickAsync();
        await Expect(page.GetByText("Connection refused").First).ToBeVisibleAsync();
        await PictureAsync(page, name, "structured");

        await page.GotoAsync(server.Addresses.Url + "/traces");
        await Expect(page.GetByText("kraken-tick: publish kraken_tick").First).ToBeVisibleAsync();
        await PictureAsync(page, name, "traces");

        await page.GotoAsync(server.Addresses.Url + "/traces/detail/" + SampleTelemetry.TraceId);
        await Expect(page.Locator(".span-row")).ToHaveCountAsync(4);
        await PictureAsync(page, name, "trace");

        await page.GotoAsync(server.Addresses.Url + "/metrics/resource/kraken-tick-influxdb?meter=Nbpy&instrument=nbpy.write.duration&duration=15");
        await Expect(page.GetByText("Time from sending a batch")).ToBeVisibleAsync();
        await Expect(page.Locator("polyline")).ToHaveCountAsync(3);
        await PictureAsync(page, name, "metrics");

        await page.Locator("#nbpy-settings").ClickAsync();
        await Expect(page.GetByText("Time format")).ToBeVisibleAsync();
        await PictureAsync(page, name, "settings");
        var wide = await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth");
        Assert.False(wide, "The page is wider than the window.");
        Assert.Empty(errors);
    }

    private static void Print(FakeModel model)
    {
        model.Print("kraken-tick", "2026-11-20T10:00:00.000Z info: Nbpy.Messaging[11] Subscribed to kraken_tick at tcp://localhost:5558");
        for (var i = 0; i < 200; i++)
            model.Print("kraken-tick", $"\u001b[32minfo\u001b[0m: Nbpy.Publishers[{i}] published \u001b[1m{i * 1000}\u001b[0m messages, \u001b[33m{i % 7} waiting\u001b[0m", $"\u001b[38;5;208mwarn\u001b[0m: a gap of {i} messages was repaired");
        model.Print("kraken-tick", "fail: connection lost, trying again in 2 s");
        model.Print("kraken-tick", "Subscribed to kraken_tick");
    }

    private static async Task PictureAsync(IPage page, string name, string what)
    {
        if (Pictures is null)
            return;
        Directory.CreateDirectory(Pictures);
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures, $"{what}-{name}.png"), Animations = ScreenshotAnimations.Disabled });
    }
}
