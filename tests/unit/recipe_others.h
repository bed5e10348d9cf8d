/* Recipes of vendors that do not come along yet: they prove that the language is enough for them. */
#ifndef LOWTIDE_RECIPE_OTHERS_H
#define LOWTIDE_RECIPE_OTHERS_H

#define BEARER "header.Authorization = Bearer {key}\n"

static const char xai_text[] =
    "ask = GET https://management-api.x.ai/v1/billing/teams/{team}/postpaid/invoice/preview\n" BEARER
    "available = abs /coreInvoice/prepaidCredits/val minus abs /coreInvoice/prepaidCreditsUsed/val "
    "times 0.01\n"
    "unit = USD\n";
static const char xai_posted_text[] =
    "ask = GET https://management-api.x.ai/v1/billing/teams/{team}/prepaid/balance\n" BEARER
    "available = neg /total/val over 100\n"
    "unit = USD\n";
static const char xai_limits_text[] =
    "ask = GET https://management-api.x.ai/v1/billing/teams/{team}/postpaid/spending-limits\n" BEARER
    "limit = /spendingLimits/effectiveSl/val over 100\n"
    "used = limit times 0\n"
    "unit = USD\n";
static const char xai_usage_text[] = "ask = POST https://management-api.x.ai/v1/billing/teams/{team}/usage\n" BEARER
                                     "body = {\"analyticsRequest\":{\"timeRange\":{\"startTime\":\"{month}-01 "
                                     "00:00:00\",\"endTime\":\"{day+1} 00:00:00\"}}}\n"
                                     "used = sum /timeSeries/*/dataPoints/*/values/0\n"
                                     "unit = USD\n";
static const char deepgram_text[] = "header.Authorization = Token {key}\n"
                                    "ask.projects = GET https://api.deepgram.com/v1/projects\n"
                                    "set.project = projects:/projects/*/project_id\n"
                                    "ask.balances = GET https://api.deepgram.com/v1/projects/{project}/balances\n"
                                    "available = sum /balances/*[units={unit}]/amount\n"
                                    "unit = USD\n";
static const char openai_text[] =
    "ask = GET https://api.openai.com/v1/organization/costs?start_time={month_start}&bucket_width=1d&limit=31\n" BEARER
    "next = page from /next_page max 20\n"
    "used = sum /data/*/results/*/amount/value\n"
    "unit = /data/*/results/*/amount/currency or USD\n";
static const char openai_limit_text[] =
    "ask = GET https://api.openai.com/v1/organization/spend_limit\n" BEARER "limit = /threshold_amount over 100\n"
    "used = limit times 0\n"
    "unit = /currency\n";
static const char one_api_text[] =
    "ask.plan = GET {base}/v1/dashboard/billing/subscription\n"
    "ask.usage = GET {base}/v1/dashboard/billing/usage?start_date={day-99}&end_date={day+1}\n" BEARER
    "limit = plan:/hard_limit_usd unless 100000000\n"
    "used = usage:/total_usage times 0.01\n"
    "available = limit minus used\n"
    "unit = USD\n";
static const char deepinfra_text[] = "ask = GET https://api.deepinfra.com/payment/checklist?compute_owed=true\n" BEARER
                                     "available = neg /stripe_balance minus /recent\n"
                                     "limit = /limit unless below 0.01\n"
                                     "unit = USD\n";
static const char deepinfra_usage_text[] =
    "ask = GET https://api.deepinfra.com/payment/usage?from=current\n" BEARER "used = sum /months/*/total_cost over 100\n"
    "unit = USD\n";
static const char novita_text[] = "ask = GET https://api.novita.ai/openapi/v1/billing/balance/detail\n" BEARER
                                  "available = /availableBalance over 10000\n"
                                  "cash = /cashBalance over 10000\n"
                                  "unit = USD\n";
static const char elevenlabs_text[] = "ask = GET https://api.elevenlabs.io/v1/user/subscription\n"
                                      "header.xi-api-key = {key}\n"
                                      "limit = /character_limit\n"
                                      "used = /character_count\n"
                                      "available = limit minus used\n"
                                      "resets_at = /next_character_count_reset_unix\n"
                                      "unit = characters\n";
static const char new_api_text[] =
    "ask.status = GET {base}/api/status\n"
    "ask.token = GET {base}/api/usage/token/\n" BEARER "set.quota_per_unit = status:/data/quota_per_unit\n"
    "ok = token:/code is true\n"
    "used = /data/total_used over quota_per_unit\n"
    "available = /data/total_available over quota_per_unit unless /data/unlimited_quota is true\n"
    "unit = USD\n";
static const char new_api_user_text[] = "ask = GET {base}/api/user/self\n"
                                        "header.Authorization = {key}\n"
                                        "header.New-Api-User = {user}\n"
                                        "ok = /success is true\n"
                                        "available = /data/quota over 500000\n"
                                        "used = /data/used_quota over 500000\n"
                                        "unit = USD\n";
static const char twilio_text[] = "ask = GET https://api.twilio.com/2010-04-01/Accounts/{sid}/Balance.json\n"
                                  "header.Authorization = Basic {base64 sid:key}\n"
                                  "available = /balance\n"
                                  "unit = /currency\n";
static const char litellm_text[] = "ask = GET {base}/key/info\n" BEARER "used = /info/spend\n"
                                   "limit = /info/max_budget\n"
                                   "available = limit minus used\n"
                                   "resets_at = /info/budget_reset_at\n"
                                   "fail.auth = /error/code is 401\n"
                                   "unit = USD\n";

static const struct other_recipe {
  const char *name;
  const char *text;
} other_recipes[] = {
    {"xai", xai_text},
    {"xai-posted", xai_posted_text},
    {"xai-limits", xai_limits_text},
    {"xai-usage", xai_usage_text},
    {"deepgram", deepgram_text},
    {"openai", openai_text},
    {"openai-limit", openai_limit_text},
    {"one-api", one_api_text},
    {"deepinfra", deepinfra_text},
    {"deepinfra-usage", deepinfra_usage_text},
    {"novita", novita_text},
    {"elevenlabs", elevenlabs_text},
    {"new-api", new_api_text},
    {"new-api-user", new_api_user_text},
    {"twilio", twilio_text},
    {"litellm", litellm_text},
};

#endif
