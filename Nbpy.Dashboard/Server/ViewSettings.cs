namespace Nbpy.Dashboard.Server;

/// <summary>How one person wants the pages, for as long as their tab is open (theme and time format also in cookies).</summary>
internal sealed class ViewSettings
{
    /// <summary>Light, dark, or as the system has it.</summary>
    public string Theme { get; set; } = "system";

    /// <summary>"24", "12", or "utc".</summary>
    public string TimeFormat { get; set; } = "24";

    /// <summary>The browser's distance from UTC.</summary>
    public TimeSpan Offset { get; set; } = TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.UtcNow);

    /// <summary>True: the pages stand still; what comes in meanwhile is kept.</summary>
    public bool Paused { get; set; }

    /// <summary>Something of these has changed.</summary>
    public event Action? Changed;

    public void NotifyChanged() => Changed?.Invoke();

    /// <summary>A time of day; with the date when it is not today's.</summary>
    public string Text(DateTimeOffset? time, bool milliseconds = false)
    {
        if (time is not { } given)
            return "–";
        var offset = TimeFormat == "utc" ? TimeSpan.Zero : Offset;
        var local = given.ToOffset(offset);
        var clock = TimeFormat == "12" ? (milliseconds ? "h:mm:ss.fff tt" : "h:mm:ss tt") : milliseconds ? "HH:mm:ss.fff" : "HH:mm:ss";
        var day = local.Date == DateTimeOffset.UtcNow.ToOffset(offset).Date ? "" : "yyyy-MM-dd ";
        return local.ToString(day + clock, System.Globalization.CultureInfo.InvariantCulture) + (TimeFormat == "utc" ? "Z" : "");
    }
}
