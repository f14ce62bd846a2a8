using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Nbpy.Tests.Shared;

/// <summary>The viewer's pages as somebody uses and sees them. With NBPY_SCREENSHOTS set to a folder, pictures are left there.</summary>
/// <param name="page">A page of <see cref="Chromium"/>.</param>
/// <param name="site">Where the viewer is.</param>
internal sealed partial class ViewerPage(IPage page, string site)
{
    /// <summary>Where pictures go; null: none are wanted.</summary>
    public static string? Pictures { get; } = Environment.GetEnvironmentVariable("NBPY_SCREENSHOTS") is { Length: > 0 } folder ? folder : null;

    public ILocator Panels => page.Locator(".panel");

    public ILocator FirstChart => page.Locator(".panel[data-type=timeseries]").First;

    /// <summary>A panel by its title as it stands there.</summary>
    public ILocator Panel(string title) => Panels.Filter(new() { Has = page.GetByRole(AriaRole.Heading, new() { Name = title, Exact = true }) });

    /// <summary>The market overview, with its first tile.</summary>
    public async Task OverviewAsync(string query = "")
    {
        await page.GotoAsync($"{site}/?{query}");
        await Expect(page.Locator(".tile").First).ToBeVisibleAsync();
    }

    /// <summary>A dashboard; nothing of it needs to be there yet.</summary>
    public Task OpenAsync(string uid, string query = "refresh=") => page.GotoAsync($"{site}/d/{uid}?{query}");

    /// <summary>Waits for every panel, each brought into sight: only then it asks.</summary>
    /// <param name="states">What each panel's <c>data-state</c> becomes, as a pattern.</param>
    /// <param name="patience">How long each may take; null: as long as any expectation.</param>
    public async Task DrawnAsync(IReadOnlyList<string> states, TimeSpan? patience = null)
    {
        await Expect(Panels).ToHaveCountAsync(states.Count);
        for (var i = 0; i < states.Count; i++)
        {
            var panel = Panels.Nth(i);
            await panel.ScrollIntoViewIfNeededAsync();
            try
            {
                await Expect(panel).ToHaveAttributeAsync("data-state", new Regex($"^({states[i]})$"), new() { Timeout = (float?)patience?.TotalMilliseconds });
            }
            catch (PlaywrightException e)
            {
                Assert.Fail($"{page.Url}: {await panel.InnerTextAsync()}\n{e.Message}");
            }
        }
        await page.EvaluateAsync("scrollTo(0, 0)");
    }

    /// <summary>Nothing lies over anything, is cut, or is wider than the window.</summary>
    public async Task LooksRightAsync()
    {
        var mistakes = await PageLayout.MistakesAsync(page, ".panel, .tile, .card");
        Assert.True(mistakes.Length == 0, $"{page.Url}:\n{string.Join('\n', mistakes)}");
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth + 1"), page.Url + " is wider than the window");
    }

    /// <summary>By its button; charts are drawn in the other theme's colours.</summary>
    public async Task SwitchThemeAsync()
    {
        var before = await page.EvaluateAsync<string>("document.documentElement.dataset.theme");
        await page.Locator("#theme").ClickAsync();
        Assert.Equal(before == "dark" ? "light" : "dark", await page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
        Assert.DoesNotContain("theme=" + before, page.Url, StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("""
            () => [...document.querySelectorAll('.chart')].every(c => echarts.getInstanceByDom(c).getOption().textStyle.color === getComputedStyle(document.documentElement).getPropertyValue('--text').trim())
            """));
    }

    /// <summary>Drags across the middle of what a chart has drawn, and waits until the address says that time.</summary>
    /// <returns>From and to, in milliseconds, as the address says them.</returns>
    public async Task<(long From, long To)> ZoomAsync(ILocator panel)
    {
        var chart = panel.Locator(".chart");
        var drawn = await chart.EvaluateAsync<float[]>("""
            e => {
              const c = echarts.getInstanceByDom(e), data = c.getOption().series.find(s => s.data.length > 1).data;
              return [data[0], data.at(-1)].map(d => c.convertToPixel({ xAxisIndex: 0 }, (d.value ?? d)[0]));
            }
            """);
        var box = (await chart.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + drawn[0] + ((drawn[1] - drawn[0]) * 0.3f), box.Y + 40);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + drawn[0] + ((drawn[1] - drawn[0]) * 0.9f), box.Y + 40, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        await Expect(page).ToHaveURLAsync(Zoomed());
        var said = Zoomed().Match(page.Url);
        return (long.Parse(said.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), long.Parse(said.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Leaves a picture of the whole page where pictures are wanted.</summary>
    public async Task PictureAsync(string name)
    {
        if (Pictures is null)
            return;
        Directory.CreateDirectory(Pictures);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, name + ".png"), FullPage = true });
    }

    [GeneratedRegex(@"from=(\d{13})&to=(\d{13})")]
    private static partial Regex Zoomed();
}
