"""Header lines as services write them, with the columns that Preo imports; every other column is to be ignored."""

from dataclasses import dataclass

from preo_mcp.api.models.data_imports import ColumnType as T

Answer = dict[str, T | tuple[T, str]]


@dataclass(frozen=True)
class Export:
    """One export: its service, its header line, and what each used column means (metadata with its key)."""

    service: str
    header: tuple[str, ...]
    answer: Answer


def export(service: str, line: str, answer: Answer) -> Export:
    """An export whose headings have no commas."""
    header = tuple(line.replace("\n", "").split(","))
    assert answer.keys() <= set(header)
    return Export(service, header, answer)


SHOPIFY = export(
    "shopify",
    """Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,\
Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,\
Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,\
Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,\
Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,\
Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,\
Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,\
Tax 2 Name,Tax 2 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,\
Payment Terms Name,Next Payment Due At,Payment References""",
    {
        "Name": T.ORDER_ID,
        "Email": T.CUSTOMER_EMAIL,
        "Discount Code": (T.ORDER_METADATA, "discount_code"),
        "Lineitem quantity": T.QUANTITY,
        "Lineitem name": T.PRODUCT_NAME,
        "Lineitem price": T.UNIT_PRICE,
        "Lineitem sku": T.PRODUCT_CODE,
        "Billing Name": T.CUSTOMER_FULL_NAME,
        "Billing Phone": T.CUSTOMER_PHONE,
        "Notes": (T.ORDER_METADATA, "note"),
        "Note Attributes": (T.ORDER_METADATA, "note_attributes"),
    },
)
SQUARESPACE = export(
    "squarespace",
    """Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,Taxes,\
Amount Refunded,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,\
Lineitem price,Lineitem sku,Lineitem variant,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,\
Billing Name,Billing Address1,Billing Address2,Billing City,Billing Zip,Billing Province,Billing Country,\
Billing Phone,Shipping Name,Shipping Address1,Shipping Address2,Shipping City,Shipping Zip,Shipping Province,\
Shipping Country,Shipping Phone,Cancelled at,Private Notes,Payment Method,Payment Reference,\
Checkout Form: Dietary needs,Product Form: Name on the badge""",
    {
        "Order ID": T.ORDER_ID,
        "Email": T.CUSTOMER_EMAIL,
        "Discount Code": (T.ORDER_METADATA, "discount_code"),
        "Lineitem quantity": T.QUANTITY,
        "Lineitem name": T.PRODUCT_NAME,
        "Lineitem price": T.UNIT_PRICE,
        "Lineitem sku": T.PRODUCT_CODE,
        "Lineitem variant": (T.PURCHASE_METADATA, "variation"),
        "Billing Name": T.CUSTOMER_FULL_NAME,
        "Billing Phone": T.CUSTOMER_PHONE,
        "Private Notes": (T.ORDER_METADATA, "private_notes"),
        "Checkout Form: Dietary needs": (T.ORDER_METADATA, "dietary_needs"),
        "Product Form: Name on the badge": (T.PURCHASE_METADATA, "name_on_the_badge"),
    },
)
WOOCOMMERCE = export(
    "woocommerce",
    """Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),\
Company (Billing),Address 1&2 (Billing),City (Billing),State Code (Billing),Postcode (Billing),\
Country Code (Billing),Email (Billing),Phone (Billing),First Name (Shipping),Last Name (Shipping),\
Address 1&2 (Shipping),City (Shipping),State Code (Shipping),Postcode (Shipping),Country Code (Shipping),\
Payment Method Title,Cart Discount Amount,Order Subtotal Amount,Shipping Method Title,Order Shipping Amount,\
Order Refund Amount,Order Total Amount,Order Total Tax Amount,SKU,Item #,Item Name,Quantity (- Refund),Item Cost,\
Coupon Code,Discount Amount,Discount Amount Tax""",
    {
        "Order Number": T.ORDER_ID,
        "Customer Note": (T.ORDER_METADATA, "note"),
        "First Name (Billing)": T.CUSTOMER_FIRST_NAME,
        "Last Name (Billing)": T.CUSTOMER_LAST_NAME,
        "Email (Billing)": T.CUSTOMER_EMAIL,
        "Phone (Billing)": T.CUSTOMER_PHONE,
        "SKU": T.PRODUCT_CODE,
        "Item Name": T.PRODUCT_NAME,
        "Quantity (- Refund)": T.QUANTITY,
        "Item Cost": T.UNIT_PRICE,
        "Coupon Code": (T.ORDER_METADATA, "discount_code"),
    },
)
WOOCOMMERCE_OLDER = export(
    "woocommerce",
    """Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),\
Phone (Billing),Item #,SKU,Name,Product Variation,Quantity,Quantity (- Refund),Item Cost,Order Line (w/o tax),\
Order Line Tax,Order Line Total,Image URL,Coupons Used,Total items,Total products""",
    {
        "Order Number": T.ORDER_ID,
        "First Name (Billing)": T.CUSTOMER_FIRST_NAME,
        "Last Name (Billing)": T.CUSTOMER_LAST_NAME,
        "Email (Billing)": T.CUSTOMER_EMAIL,
        "Phone (Billing)": T.CUSTOMER_PHONE,
        "SKU": T.PRODUCT_CODE,
        "Name": T.PRODUCT_NAME,
        "Product Variation": (T.PURCHASE_METADATA, "variation"),
        "Quantity": T.QUANTITY,
        "Item Cost": T.UNIT_PRICE,
        "Coupons Used": (T.ORDER_METADATA, "coupons_used"),
    },
)
WOOCOMMERCE_SNAKE = export(
    "woocommerce",
    """order_id,order_number,order_date,paid_date,status,shipping_total,fee_total,tax_total,cart_discount,\
order_total,order_currency,payment_method,payment_method_title,transaction_id,customer_ip_address,\
customer_user_agent,shipping_method,customer_id,customer_user,customer_email,billing_first_name,billing_last_name,\
billing_company,billing_email,billing_phone,billing_address_1,billing_postcode,shipping_first_name,\
shipping_last_name,item_name,item_sku,item_quantity,item_total,customer_note""",
    {
        "order_number": T.ORDER_ID,
        "billing_first_name": T.CUSTOMER_FIRST_NAME,
        "billing_last_name": T.CUSTOMER_LAST_NAME,
        "billing_email": T.CUSTOMER_EMAIL,
        "billing_phone": T.CUSTOMER_PHONE,
        "item_name": T.PRODUCT_NAME,
        "item_sku": T.PRODUCT_CODE,
        "item_quantity": T.QUANTITY,
        "customer_note": (T.ORDER_METADATA, "note"),
    },
)
EVENTBRITE = export(
    "eventbrite",
    """Order #,Order Date,First Name,Last Name,Email,Quantity,Price Tier,Ticket Type,Attendee #,Group,Order Type,\
Currency,Total Paid,Fees Paid,Eventbrite Fees,Eventbrite Payment Processing,Attendee Status,Home Address 1,Home City,\
Home Zip,Home Country,Cell Phone,How did you hear about this event?""",
    {
        "Order #": T.ORDER_ID,
        "First Name": T.CUSTOMER_FIRST_NAME,
        "Last Name": T.CUSTOMER_LAST_NAME,
        "Email": T.CUSTOMER_EMAIL,
        "Quantity": T.QUANTITY,
        "Ticket Type": T.PRODUCT_CODE,
        "Attendee #": T.ITEM_ID,
        "Cell Phone": T.CUSTOMER_PHONE,
        "How did you hear about this event?": (T.PURCHASE_METADATA, "how_did_you_hear_about_this_event"),
    },
)
EVENTBRITE_SHORT = export(
    "eventbrite",
    "Order #,Order Date,First Name,Surname,Email,Event Name,Ticket Type,Attendee Status",
    {
        "Order #": T.ORDER_ID,
        "First Name": T.CUSTOMER_FIRST_NAME,
        "Surname": T.CUSTOMER_LAST_NAME,
        "Email": T.CUSTOMER_EMAIL,
        "Ticket Type": T.PRODUCT_CODE,
    },
)
PRETIX_POSITIONS = export(
    "pretix",
    """Event slug,Order code,Position ID,Status,Email,Phone number,Order date,Order time,Product,Variation,Price,\
Tax rate,Tax rule,Tax value,Attendee name,Attendee email,Company,Address,ZIP code,City,Country,State,Voucher,\
Pseudonymization ID,Seat ID,Seat name,Seat zone,Seat row,Seat number,Order comment,Follow-up date,Company,\
Invoice address name,Address,ZIP code,City,Country,State,VAT ID,Sales channel,Order locale,E-mail address verified,\
Payment providers""",
    {
        "Order code": T.ORDER_ID,
        "Position ID": T.ITEM_ID,
        "Email": T.CUSTOMER_EMAIL,
        "Phone number": T.CUSTOMER_PHONE,
        "Product": T.PRODUCT_CODE,
        "Variation": (T.PURCHASE_METADATA, "variation"),
        "Price": T.UNIT_PRICE,
        "Attendee name": (T.PURCHASE_METADATA, "attendee_name"),
        "Attendee email": (T.PURCHASE_METADATA, "attendee_email"),
        "Voucher": (T.PURCHASE_METADATA, "discount_code"),
        "Seat name": (T.PURCHASE_METADATA, "seat"),
        "Seat zone": (T.PURCHASE_METADATA, "section"),
        "Seat row": (T.PURCHASE_METADATA, "row"),
        "Seat number": (T.PURCHASE_METADATA, "seat_number"),
        "Order comment": (T.ORDER_METADATA, "note"),
        "Invoice address name": T.CUSTOMER_FULL_NAME,
    },
)
TICKETMASTER = export(
    "ticketmaster",
    """acct_id,email_addr,name_first,name_last,phone_day,phone_cell,event_name,section_name,row_name,seat_num,\
num_seats,price_code,price_code_desc,pc_ticket,pc_tax,block_purchase_price,order_num,order_line_item,\
order_line_item_seq,add_datetime,ticket_status,comp_code,comp_name""",
    {
        "email_addr": T.CUSTOMER_EMAIL,
        "name_first": T.CUSTOMER_FIRST_NAME,
        "name_last": T.CUSTOMER_LAST_NAME,
        "phone_cell": T.CUSTOMER_PHONE,
        "section_name": (T.PURCHASE_METADATA, "section"),
        "row_name": (T.PURCHASE_METADATA, "row"),
        "seat_num": (T.PURCHASE_METADATA, "seat"),
        "num_seats": T.QUANTITY,
        "price_code": T.PRODUCT_CODE,
        "price_code_desc": T.PRODUCT_NAME,
        "pc_ticket": T.UNIT_PRICE,
        "order_num": T.ORDER_ID,
        "order_line_item": T.ITEM_ID,
    },
)
BILLETTO = export(
    "billetto",
    "Ordrenummer,Billetnummer,Billettype,Antal,Pris,Fornavn,Efternavn,E-mail,Telefon,Stregkode,Rabatkode,Købsdato,Status",
    {
        "Ordrenummer": T.ORDER_ID,
        "Billetnummer": T.ITEM_ID,
        "Billettype": T.PRODUCT_CODE,
        "Antal": T.QUANTITY,
        "Pris": T.UNIT_PRICE,
        "Fornavn": T.CUSTOMER_FIRST_NAME,
        "Efternavn": T.CUSTOMER_LAST_NAME,
        "E-mail": T.CUSTOMER_EMAIL,
        "Telefon": T.CUSTOMER_PHONE,
        "Rabatkode": (T.ORDER_METADATA, "discount_code"),
    },
)
STRIPE = export(
    "stripe",
    """id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,\
Converted Amount Refunded,Fee,Tax,Converted Currency,Mode,Status,Statement Descriptor,Customer ID,\
Customer Description,Customer Email,Captured,Card ID,Card Last4,Card Brand,Card Funding,Card Exp Month,Card Exp Year,\
Card Name,Card Address Line1,Card Address City,Card Address Country,Card Issue Country,Card Fingerprint,\
Card CVC Status,Disputed Amount,Dispute Status,Invoice ID,Payment Source Type,Checkout Line Item Summary,\
quantity (metadata),T-shirt size (metadata)""",
    {
        "id": T.ORDER_ID,
        "Customer Email": T.CUSTOMER_EMAIL,
        "Card Name": T.CUSTOMER_FULL_NAME,
        "Checkout Line Item Summary": T.PRODUCT_CODE,
        "quantity (metadata)": T.QUANTITY,
        "T-shirt size (metadata)": (T.ORDER_METADATA, "t_shirt_size"),
    },
)

EXPORTS = {name: found for name, found in sorted(globals().items()) if isinstance(found, Export)}
