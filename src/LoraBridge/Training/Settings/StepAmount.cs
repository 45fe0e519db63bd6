using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>A number of optimizer steps, or a share of the run.</summary>
[JsonConverter(typeof(StepAmountConverter))]
public readonly record struct StepAmount
{
    private StepAmount(double value, bool isShare) => (Value, IsShare) = (value, isShare);

    /// <summary>Steps, or the share from 0 to 1.</summary>
    public double Value { get; }

    /// <summary>Whether it is a share of the run.</summary>
    public bool IsShare { get; }

    /// <summary>A number of steps.</summary>
    public static StepAmount Steps(int steps) => new(steps, isShare: false);

    /// <summary>A share of the run, from 0 to 1.</summary>
    public static StepAmount Share(double share) => share is 0 ? default : new(share, isShare: true);

    /// <summary>Reads a count (<c>100</c>), a fraction below 1 (<c>0.1</c>) or a percentage (<c>10 %</c>); the error says what is wrong, else it is empty.</summary>
    public static string TryParse(string text, out StepAmount amount)
    {
        amount = default;
        var percent = text.TrimEnd().EndsWith('%');
        if (!double.TryParse(text.Trim().TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
            return "must be a number of steps, a fraction below 1 or a percentage such as 10%";
        if (percent) number /= 100;
        if (number < 0 || (percent && number > 1)) return "must not be negative nor above 100%";
        if (number > int.MaxValue) return "has more steps than a run can have";
        if (!percent && number >= 1 && number != Math.Truncate(number)) return "must be a whole number of steps, or a fraction below 1";
        amount = percent || number < 1 ? Share(number) : Steps((int)number);
        return "";
    }

    /// <summary>The number of steps in a run of so many; a share is rounded down.</summary>
    public int Of(int totalSteps) => IsShare ? (int)Math.Floor((Value * totalSteps) + 1e-9) : (int)Value;

    /// <summary>As it is written in settings: <c>100</c> or <c>10%</c>.</summary>
    public override string ToString() => IsShare ? $"{SettingText.Number(Value * 100)}%" : SettingText.Number(Value);
}

/// <summary>Writes steps as a number and a share as text.</summary>
internal sealed class StepAmountConverter : JsonConverter<StepAmount>
{
    public override StepAmount Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.Number ? reader.GetDouble().ToString("R", CultureInfo.InvariantCulture) : reader.GetString() ?? "";
        return StepAmount.TryParse(text, out var amount) is { Length: > 0 } error ? throw new JsonException($"'{text}' {error}.") : amount;
    }

    public override void Write(Utf8JsonWriter writer, StepAmount value, JsonSerializerOptions options)
    {
        if (value.IsShare) writer.WriteStringValue(value.ToString());
        else writer.WriteNumberValue((int)value.Value);
    }
}
