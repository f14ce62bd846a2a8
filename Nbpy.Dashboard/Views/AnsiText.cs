using System.Globalization;

namespace Nbpy.Dashboard.Views;

/// <summary>A piece of a line in one style.</summary>
/// <param name="Text">The text.</param>
/// <param name="Class">CSS classes: <c>f0</c>–<c>f15</c> and <c>b0</c>–<c>b15</c> colours, <c>a1</c> bold, <c>a2</c> faint, <c>a3</c> italic, <c>a4</c> underlined.</param>
/// <param name="Style">An exact colour as CSS, where the code gave one.</param>
internal readonly record struct AnsiPiece(string Text, string Class, string Style);

/// <summary>Lines with ANSI codes as styled pieces. Select Graphic Rendition (ECMA-48, 8.3.117) is read; every other control sequence is left out.</summary>
internal static class AnsiText
{
    private const char Escape = '\u001b';

    /// <summary>The line without its codes.</summary>
    public static string Strip(string line) => line.Contains(Escape) ? string.Concat(Parse(line).Select(p => p.Text)) : line;

    public static IReadOnlyList<AnsiPiece> Parse(string line)
    {
        if (!line.Contains(Escape))
            return [new AnsiPiece(line, "", "")];
        var pieces = new List<AnsiPiece>();
        var look = default(Look);
        var at = 0;
        while (at < line.Length)
        {
            var next = line.IndexOf(Escape, at);
            var end = next < 0 ? line.Length : next;
            if (end > at)
                pieces.Add(new AnsiPiece(line[at..end], look.Class, look.Style));
            if (next < 0)
                break;
            at = Skip(line, next, ref look);
        }

        return pieces;
    }

    /// <summary>Reads one sequence and returns where the text goes on.</summary>
    private static int Skip(string line, int escape, ref Look look)
    {
        if (escape + 1 >= line.Length)
            return line.Length;
        if (line[escape + 1] == ']')
        {
            // An operating-system command: up to BEL or ESC \.
            var bell = line.IndexOfAny(['\a', Escape], escape + 2);
            return bell < 0 ? line.Length : line[bell] == '\a' ? bell + 1 : Math.Min(line.Length, bell + 2);
        }

        if (line[escape + 1] != '[')
            return escape + 2;
        var end = escape + 2;
        while (end < line.Length && line[end] is < '@' or > '~')
            end++;
        if (end < line.Length && line[end] == 'm')
            look.Apply(line.AsSpan(escape + 2, end - escape - 2));
        return Math.Min(line.Length, end + 1);
    }

    private struct Look
    {
        private string? foreground;
        private string? background;
        private string? foregroundStyle;
        private string? backgroundStyle;
        private bool bold;
        private bool faint;
        private bool italic;
        private bool underlined;

        public readonly string Class => foreground is null && background is null && !bold && !faint && !italic && !underlined
            ? ""
            : string.Join(' ', new[] { foreground, background, bold ? "a1" : null, faint ? "a2" : null, italic ? "a3" : null, underlined ? "a4" : null }.Where(c => c is not null));

        public readonly string Style => foregroundStyle + backgroundStyle;

        public void Apply(ReadOnlySpan<char> codes)
        {
            Span<int> values = stackalloc int[16];
            var count = 0;
            foreach (var part in codes.Split(';'))
                if (count < values.Length)
                    values[count++] = int.TryParse(codes[part], NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0;
            for (var i = 0; i < count; i++)
                Apply(values[..count], ref i);
        }

        private void Apply(ReadOnlySpan<int> values, ref int i)
        {
            var code = values[i];
            switch (code)
            {
                case 0: this = default; break;
                case 1: bold = true; break;
                case 2: faint = true; break;
                case 3: italic = true; break;
                case 4: underlined = true; break;
                case 22: bold = faint = false; break;
                case 23: italic = false; break;
                case 24: underlined = false; break;
                case >= 30 and <= 37: (foreground, foregroundStyle) = ($"f{code - 30}", null); break;
                case >= 90 and <= 97: (foreground, foregroundStyle) = ($"f{code - 82}", null); break;
                case 39: (foreground, foregroundStyle) = (null, null); break;
                case >= 40 and <= 47: (background, backgroundStyle) = ($"b{code - 40}", null); break;
                case >= 100 and <= 107: (background, backgroundStyle) = ($"b{code - 92}", null); break;
                case 49: (background, backgroundStyle) = (null, null); break;
                case 38: (foreground, foregroundStyle) = Extended(values, ref i, 'f', "color"); break;
                case 48: (background, backgroundStyle) = Extended(values, ref i, 'b', "background"); break;
                default: break;
            }
        }

        /// <summary>38;5;N of the 256 colours (16 named, a cube of 6, 24 greys), 38;2;R;G;B.</summary>
        private static (string? Class, string? Style) Extended(ReadOnlySpan<int> values, ref int i, char prefix, string property)
        {
            if (i + 2 < values.Length && values[i + 1] == 5)
            {
                var n = Math.Clamp(values[i += 2], 0, 255);
                if (n < 16)
                    return ($"{prefix}{n}", null);
                if (n >= 232)
                    return (null, $"{property}:rgb({8 + ((n - 232) * 10)},{8 + ((n - 232) * 10)},{8 + ((n - 232) * 10)});");
                n -= 16;
                return (null, $"{property}:rgb({Step(n / 36)},{Step(n / 6 % 6)},{Step(n % 6)});");
            }

            if (i + 4 < values.Length && values[i + 1] == 2)
            {
                i += 4;
                return (null, $"{property}:rgb({Byte(values[i - 2])},{Byte(values[i - 1])},{Byte(values[i])});");
            }

            return (null, null);
        }

        private static int Step(int n) => n == 0 ? 0 : 55 + (n * 40);

        private static int Byte(int n) => Math.Clamp(n, 0, 255);
    }
}
