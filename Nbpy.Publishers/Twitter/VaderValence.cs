namespace Nbpy.Publishers.Twitter;

/// <summary>How strongly one token of a text feels, given the tokens around it.</summary>
internal static class VaderValence
{
    public static double Of(int i, VaderText text)
    {
        var tokens = text.Tokens;
        var token = tokens[i];
        if (token.Value is not { } value || token.Boost is not null || (text.Is(i, "kind") && text.Is(i + 1, "of")))
            return 0;
        if (i + 1 < tokens.Length && tokens[i + 1].Value is not null && text.Is(i, "no"))
            value = 0;
        if (text.Is(i - 1, "no") || text.Is(i - 2, "no") || (text.Is(i - 3, "no") && text.Is(i - 1, "or", "nor")))
            value = token.Value.Value * VaderData.NegationFactor;
        if (token.IsUpper && text.CapitalsDiffer)
            value += value > 0 ? VaderData.CapitalsIncrease : -VaderData.CapitalsIncrease;
        for (var k = 0; k < 3 && i > k; k++)
        {
            var before = tokens[i - k - 1];
            if (before.Value is not null)
                continue;
            value += Boost(before, value, text.CapitalsDiffer) * (k switch { 1 => 0.95, 2 => 0.9, _ => 1 });
            value = Negate(k, i, text, value);
            if (k == 2)
                value = Idiom(i, text, value);
        }

        return text.Is(i - 1, "least") && tokens[i - 1].Value is null && !text.Is(i - 2, "at", "very")
            ? value * VaderData.NegationFactor
            : value;
    }

    private static double Boost(in VaderToken before, double value, bool capitalsDiffer)
    {
        if (before.Boost is not { } boost)
            return 0;
        if (value < 0)
            boost = -boost;
        if (before.IsUpper && capitalsDiffer)
            boost += value > 0 ? VaderData.CapitalsIncrease : -VaderData.CapitalsIncrease;
        return boost;
    }

    private static double Negate(int k, int i, VaderText text, double value)
    {
        var far = i - k - 1;
        // With three words looked at, "so" or "this" just before is enough, without a "never": so behaves the reference.
        var stressed = k switch
        {
            1 => text.Is(far, "never") && text.Is(i - 1, "so", "this"),
            2 => (text.Is(far, "never") && text.Is(i - 2, "so", "this")) || text.Is(i - 1, "so", "this"),
            _ => false,
        };
        if (stressed)
            return value * 1.25;
        if (!text.Tokens[far].IsNegation)
            return value;
        var doubtless = k > 0 && text.Is(far, "without") && (text.Is(i - 1, "doubt") || (k == 2 && text.Is(i - 2, "doubt")));
        return doubtless ? value : value * VaderData.NegationFactor;
    }

    // There are at least three tokens before this one.
    private static double Idiom(int i, VaderText text, double value)
    {
        var data = text.Data;
        if (data.TryIdiom(text.Words(i - 1, i), out var special) || data.TryIdiom(text.Words(i - 2, i), out special)
            || data.TryIdiom(text.Words(i - 2, i - 1), out special) || data.TryIdiom(text.Words(i - 3, i - 1), out special)
            || data.TryIdiom(text.Words(i - 3, i - 2), out special))
            value = special;
        if (i + 1 < text.Tokens.Length && data.TryIdiom(text.Words(i, i + 1), out special))
            value = special;
        if (i + 2 < text.Tokens.Length && data.TryIdiom(text.Words(i, i + 2), out special))
            value = special;
        return value + (data.BoostOf(text.Words(i - 3, i - 1)) ?? 0) + (data.BoostOf(text.Words(i - 3, i - 2)) ?? 0)
            + (data.BoostOf(text.Words(i - 2, i - 1)) ?? 0);
    }
}
