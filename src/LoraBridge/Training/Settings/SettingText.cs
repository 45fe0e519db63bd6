using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace LoraBridge.Training.Settings;

/// <summary>Values as text that can be read back.</summary>
internal static class SettingText
{
    /// <summary>A value as it is written in settings; none for no value.</summary>
    public static string Of(object? value) => value switch
    {
        null => "none",
        string text => text,
        bool flag => flag ? "true" : "false",
        Enum choice => ChoiceNames.Of(choice),
        double number => Number(number),
        IDictionary table => "{" + string.Join(", ", table.Keys.Cast<object>().Select(key => $"{key}: {Of(table[key])}")) + "}",
        IEnumerable list => "[" + string.Join(", ", list.Cast<object>().Select(Of)) + "]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A number that every reader takes for one: without an exponent where it is short, else with a dot before it.</summary>
    public static string Number(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        var exponent = text.IndexOf('e', StringComparison.Ordinal);
        if (exponent < 0) return text;
        // by way of the text: a decimal made of the number itself has only 15 digits
        if (Math.Abs(number) is >= 1e-6 and < 1e-4) return decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture).ToString("0.############################", CultureInfo.InvariantCulture);
        return text[..exponent].Contains('.', StringComparison.Ordinal) ? text : text.Insert(exponent, ".0");
    }

    /// <summary>A range in words.</summary>
    public static string Range(RangeAttribute range)
    {
        var low = Bound(range.Minimum);
        var high = Bound(range.Maximum);
        var from = range.MinimumIsExclusive ? $"above {low}" : $"from {low}";
        return $"{from} {(range.MaximumIsExclusive ? "to below" : "to")} {high}";
    }

    private static string Bound(object bound) => bound is double number ? Number(number) : Convert.ToString(bound, CultureInfo.InvariantCulture)!;
}
