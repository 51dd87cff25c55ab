"""Written English as it is said: one case a row, and the readings that must not be touched."""

from __future__ import annotations

import pytest

from studio.spoken import spoken_text

pytestmark = pytest.mark.unit

CASES = """
$4.2M | four point two million dollars
$4.2 million | four point two million dollars
US$5 | five U S dollars
USD 5 | five U S dollars
5 USD | five U S dollars
€1.5bn | one point five billion euros
£3.50 | three pounds and fifty pence
₹500 | five hundred rupees
AED 100 | one hundred dirhams
100k | one hundred thousand
$0.99 | ninety nine cents
1,000,000 | one million
$5M-$10M | five million dollars to ten million dollars
$20/month | twenty dollars per month
$1.2k/yr | one point two thousand dollars per year
-5°C | minus five degrees celsius
20 °C | twenty degrees celsius
5 km | five kilometers
1 km | one kilometer
5km/h | five kilometers per hour
5 km/h | five kilometers per hour
10 kg | ten kilograms
10MB/s | ten megabytes per second
3hrs | three hours
1hr | one hour
1 min | one minute
5'10" | five foot ten
6 ft | six feet
1080p | ten eighty P
4K video | four K video
5G | five G
3D | three D
2FA | two F A
16:9 | sixteen by nine
16:9 format | sixteen by nine format
12:00 | twelve o'clock
00:15 | zero fifteen
5 p.m. | five P M
9–5 | nine to five
10am–2pm | ten A M to two P M
10:30-11:45 | ten thirty to eleven forty five
2020–2024 | twenty twenty to twenty twenty four
mid-2020s | mid twenty twenties
'90s | nineties
Jan. 5 | january fifth
Jan 5 | january fifth
5 Jan | the fifth of january
5 January | the fifth of january
14 March 2025 | the fourteenth of march twenty twenty five
March 14th, 2025 | march fourteenth twenty twenty five
Mar 3 | march third
Sept. 9, 2024 | september ninth twenty twenty four
12/25/2025 | december twenty fifth twenty twenty five
2025-12-31 | december thirty first twenty twenty five
Mon | monday
Mon, Tue | monday tuesday
Fri. | friday
H1 | H one
FY25 | F Y twenty five
Q4'24 | Q four twenty four
Q1-Q3 | Q one to Q three
1e6 | one E six
±5 | plus or minus five
~50 | about fifty
<5% | less than five percent
>90% | more than ninety percent
50%+ | fifty percent plus
5-10% | five to ten percent
0.5% | zero point five percent
21st | twenty first
100th | one hundredth
2½ | two and a half
1 1/2 | one and one half
3/4 | three quarters
10/10 | ten ten
9/11 | nine eleven
8 out of 10 | eight out of ten
https://example.com/pricing?x=1 | example dot com slash pricing
www.example.com | example dot com
jane.doe@corp.co.uk | jane dot doe at corp dot co dot U K
@kadar | at kadar
#AI | hashtag A I
+1 (555) 123-4567 | plus one five five five one two three four five six seven
555-123-4567 | five five five one two three four five six seven
1-800-555-0199 | one eight zero zero five five five zero one nine nine
+971 50 123 4567 | plus nine seven one five zero one two three four five six seven
192.168.0.1 | one hundred ninety two point one hundred sixty eight point zero point one
v2.0.1 | version two point zero point one
v3 | version three
Python 3.11 | python three point eleven
iOS 17.2 | I O S seventeen point two
GPT-4o | G P T four O
GPT-5 | G P T five
COVID-19 | covid nineteen
A/B | A B
and/or | and or
B2B SaaS | B two B sass
No. 5 | number five
5 ft 10 in | five feet ten inches
Henry VIII | henry the eighth
World War II | world war two
Chapter IV | chapter four
Louis XIV | louis the fourteenth
U.S. | U S
Ph.D. | P H D
CEO's | C E O's
3.14159 | three point one four one five nine
1,234.56 | one thousand two hundred thirty four point five six
$1,234.56 | one thousand two hundred thirty four dollars and fifty six cents
100% | one hundred percent
1.5x | one point five X
1:1 | one to one
1 in 5 | one in five
10-year | ten year
5-star | five star
24-hour | twenty four hour
360° | three hundred sixty degrees
50/50 | fifty fifty
7-Eleven | seven eleven
100,000+ | one hundred thousand plus
2x-3x | two X to three X
$500k+ | five hundred thousand dollars plus
10 a.m. | ten A M
6:05am | six oh five A M
1st-place | first place
Series B | series B
S&P 500 | S and P five hundred
AT&T | A T and T
R2-D2 | R two D two
WWII | world war two
NaN | nan
e-commerce | E commerce
10¢ | ten cents
50 bps | fifty basis points
Wi-Fi | why fie
USB-C | U S B C
HTML5 | H T M L five
C++ | C plus plus
.NET | dot net
Node.js | node dot J S
10^6 | ten to the six
1M users | one million users
3M | three million
$3B | three billion dollars
500ms | five hundred milliseconds
8GB | eight gigabytes
60fps | sixty frames per second
5 lbs | five pounds
1 lb | one pound
30m | thirty million
In 5 minutes we go | in five minutes we go
Call 555-123-4567 now. | call five five five one two three four five six seven now
2020 2021 2022 | twenty twenty twenty twenty one twenty twenty two
We won 2-1 | we won two one
the 5 in the room | the five in the room
VI is an editor | V I is an editor
IV drip | I V drip
10 m away | ten M away
On Mon we met | on monday we met
-15% | minus fifteen percent
−3% | minus three percent
-$5 | minus five dollars
-$1.2M | minus one point two million dollars
$-5 | minus five dollars
€1,50 | one euro and fifty cents
€2,5m | two point five million euros
1,5 | one point five
1,2,3 | one two three
₹1,00,000 | one hundred thousand rupees
5€ | five euros
3,5 € | three point five euros
5 $ | five dollars
3 million € | three million euros
¥500 | five hundred yen
₹5 crore | five crore rupees
USD 5m | five million U S dollars
EUR 3.2 million | three point two million euros
$3 bn | three billion dollars
3 bn | three billion
€3 mn | three million euros
$3mm | three million dollars
10 000 | ten thousand
1 000 € | one thousand euros
1.000.000 | one million
$1bn-2bn | one billion to two billion dollars
$5m-$10m | five million dollars to ten million dollars
€20k-30k | twenty thousand to thirty thousand euros
10%-15% | ten percent to fifteen percent
5% - 10% | five percent to ten percent
100-200ms | one hundred to two hundred milliseconds
5-10 min | five to ten minutes
2020-21 | twenty twenty to twenty one
2024/25 | twenty twenty four twenty five
2026-Q3 | twenty twenty six Q three
Dec '25 | december twenty twenty five
10.5.2026 | the tenth of may twenty twenty six
5/1/26 | may first twenty twenty six
12:05 am | twelve oh five A M
Mon-Fri | monday to friday
Jan–Mar | january to march
⅓ | one third
3¾ | three and three quarters
3×4 | three by four
5+5=10 | five plus five equals ten
10^-3 | ten to the minus three
No.1 | number one
p. 12 | page twelve
§ 5 | section five
5mg | five milligrams
10 MW | ten megawatts
100 Mbps | one hundred megabits per second
12 hr | twelve hours
<1s | less than one second
$1.50/GB | one dollar and fifty cents per gigabyte
YoY growth | year over year growth
our CAGR | our C A G R
Acme™ | acme
a→b | a to B
an AM radio | an A M radio
I AM sure | i am sure
bit.ly/x | bit dot ly X
It grew - 20 people left | it grew twenty people left
""".strip().splitlines()


@pytest.mark.parametrize("case", CASES)
def test_said(case: str) -> None:
    written, said = case.split(" | ")
    assert spoken_text(written) == said
